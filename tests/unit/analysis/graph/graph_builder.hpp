// Heap graphs by hand, for tests: blocks, roots, pointers and shared_ptr pairs, one call each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libtrack/capture/heap_graph.hpp"

namespace track::test {

using library = ledger::graph::control_shape;

struct block_traits {
  std::uint32_t size = 32;
  std::uint32_t site = 0;
  std::uint32_t age_ms = 0;
  std::uint32_t type = 0;
  bool inherited = false;
};

class graph_builder {
 public:
  graph_builder() { heap_.types.emplace_back(); }

  // Numbers count from 0, in the order of the calls; types from 1.
  std::uint32_t block(const block_traits& traits = {});
  std::uint32_t root();
  std::uint32_t type(const std::string& mangled, library shape = library::none);

  // A pointer at `word` of a block or root; `flags`: heuristics of an interior one.
  void point(std::uint32_t from, std::uint32_t word, std::uint32_t to, std::uint64_t offset = 0,
             std::uint8_t flags = 0);
  void point_from_root(std::uint32_t root, std::uint32_t word, std::uint32_t to,
                       std::uint64_t offset = 0, std::uint8_t flags = 0);

  // What make_shared<T> makes: control block and object in one. Counts start at none.
  std::uint32_t object(const std::string& type, const block_traits& traits = {},
                       library kind = library::libstdcxx);
  // What shared_ptr<T>(new T) makes: the object; its control block is the next number.
  std::uint32_t separate_object(const std::string& type, const block_traits& traits = {},
                                library kind = library::libstdcxx);
  // What make_shared<T[]> makes: the control block at `offset`.
  std::uint32_t array(std::uint64_t offset);

  // A shared_ptr at words `word` and `word` + 1, with the count it adds.
  void share(std::uint32_t from, std::uint32_t word, std::uint32_t object);
  void watch(std::uint32_t from, std::uint32_t word, std::uint32_t object);  // a weak_ptr
  // The two pointers alone, as in memory that is no longer in use.
  void pair(std::uint32_t from, std::uint32_t word, std::uint32_t object);
  // An aliasing one: points into `element`, owns `object`.
  void alias(std::uint32_t from, std::uint32_t word, std::uint32_t object, std::uint32_t element);
  void share_from_root(std::uint32_t root, std::uint32_t word, std::uint32_t object);
  void watch_from_root(std::uint32_t root, std::uint32_t word, std::uint32_t object);
  // References that are counted and nowhere to be seen.
  void add_owners(std::uint32_t object, std::uint64_t more);
  void add_weak(std::uint32_t object, std::uint64_t more);

  capture::heap_graph build() const;

 private:
  struct pointer {
    std::uint32_t from;
    std::uint32_t word;
    std::uint32_t to;
    std::uint64_t offset;
    std::uint8_t flags;
  };
  struct control {
    std::uint32_t object;
    std::uint32_t block;
    std::uint64_t offset;
    std::uint64_t element;  // where in the object pointers point to
    std::uint64_t owners;
    std::uint64_t weak;
    library kind;
  };

  static void store(std::vector<pointer> pointers, std::size_t sources,
                    std::vector<std::uint32_t>& first, std::vector<capture::graph_edge>& edges,
                    std::vector<capture::interior_edge>& interiors);
  control& control_of(std::uint32_t object);

  capture::heap_graph heap_;
  std::vector<pointer> pointers_;
  std::vector<pointer> root_pointers_;
  std::vector<control> controls_;
};

}  // namespace track::test
