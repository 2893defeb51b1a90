// The control blocks of std::shared_ptr in a graph, and who points at them. Floor 5.
//
// A value made from the graph, which has to outlive it; one thread. A shared_ptr or weak_ptr is two
// adjacent words: a pointer to the element, which may point anywhere, and one to exactly a control
// block. Both kinds look alike; what tells them apart is their sum, or the type of the field.
// cost: 40 bytes a control block and 0.2 a block of the heap; a look-up is a bit for most edges.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/analysis/graph/block_set.hpp"
#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis::graph {

struct control_block {
  std::uint32_t block = 0;
  std::uint32_t managed = 0;  // the block with the object: its own, or another; no_block: none
  std::uint64_t offset = 0;   // within block
  std::uint64_t owners = 0;   // shared_ptrs, by its count
  std::uint64_t weak = 0;     // weak_ptrs, by its count

  bool separate() const { return managed != block; }
};

class control_blocks {
 public:
  static constexpr std::uint32_t none = 0xffffffff;

  explicit control_blocks(const capture::heap_graph& heap);

  std::uint32_t size() const { return static_cast<std::uint32_t>(all_.size()); }
  const control_block& operator[](std::uint32_t control) const { return all_[control]; }

  // The control block that an edge points to exactly, or none. `place`: among the edges that
  // `interiors` tells of.
  std::uint32_t pointed_at(const capture::graph_edge& edge, std::uint64_t place,
                           const std::vector<capture::interior_edge>& interiors) const {
    return holders_.contains(edge.target) ? look_up(edge, place, interiors) : none;
  }

  // The first control block in a block, or none. Others of the same block follow it.
  std::uint32_t first_in(std::uint32_t block) const {
    return holders_.contains(block) ? first_[holders_.rank(block)] : none;
  }

 private:
  std::uint32_t look_up(const capture::graph_edge& edge, std::uint64_t place,
                        const std::vector<capture::interior_edge>& interiors) const;

  std::vector<control_block> all_;    // by block, then by offset
  block_set holders_;                 // blocks with control blocks
  std::vector<std::uint32_t> first_;  // by rank among holders_: into all_
};

}  // namespace track::analysis::graph
