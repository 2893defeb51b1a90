// Types behind vtable pointers, read from memory alone. Floor 3, freestanding.
//
// For the still: one thread. A word is a vtable pointer when it points into the data of a module,
// what it points at points to code, and the words before it are an offset and a type_info (or
// nothing, where there is no RTTI). Each vtable is judged once and told to the stream once.
// source: Itanium C++ ABI, 2.5 and 2.9.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/ledger/graph_format.hpp"
#include "libtrack/runtime/graph_stream.hpp"
#include "libtrack/runtime/memory_map.hpp"

namespace track::runtime {

struct found_type {
  std::uint32_t number = 0;  // in the stream; 0: none
  ledger::graph::control_shape shape = ledger::graph::control_shape::none;
};

class type_finder {
 public:
  // errors: false when there is no memory.
  bool initialize(const memory_map& map);

  // The type whose vtable `word` points to; tells a new one to `out`.
  // cost: a few comparisons for a word that is none, one look-up for one that is.
  found_type find(std::uintptr_t word, graph_stream& out) {
    if ((word & 7) != 0) {
      return {};
    }
    for (std::size_t i = 0; i < cluster_count_; ++i) {
      if (word - clusters_[i].start < clusters_[i].end - clusters_[i].start) {
        return look_up(word, out);
      }
    }
    return {};
  }

 private:
  struct range {
    std::uintptr_t start;
    std::uintptr_t end;
  };
  struct entry {
    std::uintptr_t vtable;
    std::uint32_t number;
    ledger::graph::control_shape shape;
    bool judged;
  };
  static constexpr std::size_t most_clusters = 8;
  static constexpr unsigned entries_log2 = 16;

  found_type look_up(std::uintptr_t word, graph_stream& out);
  entry judge(std::uintptr_t vtable, graph_stream& out);
  bool in_module(std::uintptr_t address, std::size_t size_bytes) const;
  // The mangled name that the type_info points to; 0 bytes when that is no name.
  std::size_t name_bytes(std::uintptr_t name) const;

  const memory_map* map_ = nullptr;
  range clusters_[most_clusters] = {};
  std::size_t cluster_count_ = 0;
  entry* entries_ = nullptr;
  std::uint32_t types_ = 0;
  std::uint32_t used_ = 0;
};

}  // namespace track::runtime
