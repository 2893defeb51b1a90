// Shortest ways to blocks: from a root, or from given blocks. Floor 5.
//
// Pure: a breadth-first search once, then any number of questions; one thread. Among ways of the
// same length one from a root that is not the runtimes' wins, then one with fewer interior
// pointers. Anonymous mappings tell the least, and may be what an allocator left of freed blocks:
// they only lead to what nothing else leads to. The index refers to the graph, which has to outlive
// it. cost: 8 bytes a block; time linear in edges; a question costs the edges of the path's blocks.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "libtrack/analysis/graph/block_set.hpp"
#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis::graph {

// A pointer: where it lies in what the step before led to (first: in the start), and its target.
struct path_step {
  std::uint32_t word = 0;    // its place, in 8-byte words
  std::uint32_t target = 0;  // a block
  std::uint64_t offset = 0;  // within the target
};

struct path {
  bool from_root = false;
  std::uint32_t start = 0;  // a root, or else a block
  std::vector<path_step> steps;
};

class path_index {
 public:
  // `runtime_roots`: by root, as in reachability_options; null: none.
  static path_index from_roots(const capture::heap_graph& heap,
                               const std::vector<bool>* runtime_roots = nullptr);
  // Of lost blocks: from their causes' leaders.
  static path_index from_blocks(const capture::heap_graph& heap,
                                std::span<const std::uint32_t> starts);

  // errors: nothing when no way leads to the block. A start's own path has no steps.
  std::optional<path> to(std::uint32_t block) const;

 private:
  // A reached block's key orders ways of one length: bit 31: from a runtime's root; then the
  // number of interior pointers; below, `at_root` and `settled`.
  static constexpr std::uint32_t unseen = 0xffffffff;
  static constexpr std::uint32_t from_runtime = std::uint32_t{1} << 31;
  static constexpr std::uint32_t one_interior = 4;
  static constexpr std::uint32_t most_interiors = from_runtime - 2 * one_interior;
  static constexpr std::uint32_t at_root = 2;  // its parent is a root
  static constexpr std::uint32_t settled = 1;

  explicit path_index(const capture::heap_graph& heap);
  void offer(const capture::graph_edge& edge, std::uint32_t parent, std::uint32_t key);
  void search();
  path_step last_step(std::uint32_t block) const;

  const capture::heap_graph* heap_;
  std::vector<std::uint32_t> parent_;  // by block; itself: a start
  std::vector<std::uint32_t> key_;
  std::vector<std::uint32_t> next_;  // reached, not expanded
};

}  // namespace track::analysis::graph
