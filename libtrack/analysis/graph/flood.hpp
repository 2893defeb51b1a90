// Goes from blocks to what they point to until nothing new is reached. Floor 5.
//
// The caller decides by `take(edge, place)` whether an edge leads to something new; what is taken
// is expanded in turn. Blocks are expanded in small batches whose memory is asked for before it is
// needed, so that a heap without order costs little more than one in order. A block with many
// edges is expanded piece by piece: what waits stays small. One thread.
// cost: one look at each edge of what was taken.
// source: C.-Y. Cher, A. Hosking, T. Vijaykumar, "Software prefetching for mark-sweep garbage
// collection" (ASPLOS 2004).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis::graph {

// Take: bool(const capture::graph_edge&, std::uint64_t place among heap.edges).
template <typename Take>
class flood {
 public:
  // `states`: what `take` will look at first, one byte a block.
  flood(const capture::heap_graph& heap, const std::uint8_t* states, Take take)
      : heap_(heap), states_(states), take_(std::move(take)) {}

  void add(std::uint32_t block) { waiting_.push_back(block); }

  void from(std::uint32_t block) {
    add(block);
    run();
  }

  void run() {
    for (;;) {
      if (!waiting_.empty()) {
        expand_batch();
      } else if (!rests_.empty()) {
        const range rest = rests_.back();
        rests_.pop_back();
        expand(rest);
      } else {
        return;
      }
    }
  }

 private:
  static constexpr std::size_t most_blocks = 32;
  static constexpr std::uint64_t most_edges = 512;  // of one block at once
  static constexpr std::uint64_t edges_ahead = 8;

  struct range {
    std::uint64_t begin;
    std::uint64_t end;
  };

  void expand_batch() {
    std::array<range, most_blocks> batch;
    const std::size_t count = std::min(most_blocks, waiting_.size());
    const std::uint32_t* blocks = waiting_.data() + waiting_.size() - count;
    for (std::size_t i = 0; i < count; ++i) {
      __builtin_prefetch(&heap_.first_edge[blocks[i]]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      batch[i] = {heap_.first_edge[blocks[i]], heap_.first_edge[blocks[i] + 1]};
      __builtin_prefetch(heap_.edges.data() + batch[i].begin);
    }
    waiting_.resize(waiting_.size() - count);
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t end = std::min(batch[i].end, batch[i].begin + edges_ahead);
      for (std::uint64_t edge = batch[i].begin; edge < end; ++edge) {
        __builtin_prefetch(states_ + heap_.edges[edge].target);
        __builtin_prefetch(&heap_.first_edge[heap_.edges[edge].target]);
      }
    }
    for (std::size_t i = 0; i < count; ++i) {
      expand(batch[i]);
    }
  }

  void expand(range edges) {
    if (edges.end - edges.begin > most_edges) {
      rests_.push_back({edges.begin + most_edges, edges.end});
      edges.end = edges.begin + most_edges;
    }
    for (std::uint64_t place = edges.begin; place < edges.end; ++place) {
      const capture::graph_edge& edge = heap_.edges[place];
      if (take_(edge, place)) {
        waiting_.push_back(edge.target);
      }
    }
  }

  const capture::heap_graph& heap_;
  const std::uint8_t* states_;
  Take take_;
  std::vector<std::uint32_t> waiting_;
  std::vector<range> rests_;  // of blocks with many edges
};

}  // namespace track::analysis::graph
