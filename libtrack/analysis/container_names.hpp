// What a container is called: its owner, its type, how many entries it has. Floor 5.
//
// Looks at a heap and its containers, which must outlive it. One thread. cost: the first question
// that needs a path searches the whole graph.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libtrack/analysis/graph/containers.hpp"
#include "libtrack/analysis/graph/paths.hpp"
#include "libtrack/analysis/heap_view.hpp"

namespace track::analysis {

struct container_name {
  std::string owner;          // "g_server.state.sessions", "Server::sessions_"; empty: unknown
  std::string container;      // "std::map<int, Session>", "linked list"
  bool runtime = false;       // only the runtimes' own data holds it
  std::uint64_t address = 0;  // of the container's object; 0: unknown
  graph::holder by;
};

class container_namer {
 public:
  container_namer(const heap_view& view, const graph::container_list& containers)
      : view_(view), containers_(containers) {}

  container_name name_of(const graph::container& each);
  // How many entries, by what its storage or its ends tell; none: they do not.
  std::optional<std::uint64_t> entries_of(const graph::container& each,
                                          const container_name& name) const;
  // The way to its first member.
  std::optional<model::path> path_to(std::uint32_t block);

 private:
  struct described {
    std::string owner;
    std::string type;  // of what holds it, where that is a container
    bool lasting = true;
    bool runtime = false;
    std::uint64_t offset = 0;  // of the pointer in what holds it
    int rank = 0;
  };
  described describe(const graph::container& each, const graph::holder& by);
  described describe_root(std::uint32_t root, std::uint32_t word) const;
  described describe_block(std::uint32_t block, std::uint32_t word);
  std::optional<std::uint64_t> offset_at(const graph::holder& by, std::uint32_t word) const;
  std::uint64_t pointers_in(std::uint32_t block) const;

  const heap_view& view_;
  const graph::container_list& containers_;
  std::optional<graph::path_index> paths_;
};

}  // namespace track::analysis
