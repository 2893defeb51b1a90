// Strongly connected components of a part of the heap. Floor 5.
//
// Pure: from a graph and a set of blocks to a value; one thread, no recursion. Only edges between
// members of the set count. Components are numbered topologically: an edge between two of them
// leads to the higher number.
// cost: 25 bytes a member while it runs, 8 to keep; time linear in edges.
// source: D. Pearce, "A space-efficient algorithm for finding strongly connected components",
// Information Processing Letters 116 (2016).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libtrack/analysis/graph/block_set.hpp"
#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis::graph {

struct components {
  std::vector<std::uint32_t> of;       // by rank in the set
  std::vector<std::uint32_t> first;    // by component, and one more: into members
  std::vector<std::uint32_t> members;  // blocks, by component, then by address
  std::vector<bool> cyclic;            // more than one member, or an edge to itself
  std::vector<bool> entered;           // an edge from another component leads to it

  std::uint32_t count() const { return static_cast<std::uint32_t>(cyclic.size()); }
  std::span<const std::uint32_t> members_of(std::uint32_t component) const {
    return {members.data() + first[component], members.data() + first[component + 1]};
  }
};

components find_components(const capture::heap_graph& heap, const block_set& part);

}  // namespace track::analysis::graph
