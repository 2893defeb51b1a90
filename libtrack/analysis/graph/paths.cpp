#include "libtrack/analysis/graph/paths.hpp"

#include <algorithm>
#include <cstddef>

namespace track::analysis::graph {
namespace {

constexpr std::size_t blocks_ahead = 8;

}  // namespace

using capture::graph_edge;
using capture::heap_graph;

path_index::path_index(const heap_graph& heap)
    : heap_(&heap), parent_(heap.block_count(), no_block), key_(heap.block_count(), unseen) {}

path_index path_index::from_roots(const heap_graph& heap, const std::vector<bool>* runtime_roots) {
  path_index made(heap);
  for (const bool mappings : {false, true}) {
    for (std::uint32_t root = 0; root < heap.roots.size(); ++root) {
      if ((heap.roots[root].kind == ledger::graph::root_kind::mapping) != mappings) {
        continue;
      }
      const bool runtime = runtime_roots != nullptr && (*runtime_roots)[root];
      const std::uint64_t end = heap.first_root_edge[root + std::size_t{1}];
      for (std::uint64_t edge = heap.first_root_edge[root]; edge < end; ++edge) {
        made.offer(heap.root_edges[edge], root, at_root | (runtime ? from_runtime : 0));
      }
    }
    made.search();
  }
  return made;
}

path_index path_index::from_blocks(const heap_graph& heap, std::span<const std::uint32_t> starts) {
  path_index made(heap);
  for (const std::uint32_t start : starts) {
    made.offer({start, 0, 0}, start, 0);
  }
  made.search();
  return made;
}

// `key` is the parent's. A block that was reached in this round may still get a better parent.
void path_index::offer(const graph_edge& edge, std::uint32_t parent, std::uint32_t key) {
  if (edge.interior != 0 && (key & ~from_runtime) < most_interiors) {
    key += one_interior;
  }
  std::uint32_t& known = key_[edge.target];
  if (known == unseen) {
    next_.push_back(edge.target);
  } else if ((known & settled) != 0 || (known & ~at_root) <= (key & ~at_root)) {
    return;
  }
  known = key;
  parent_[edge.target] = parent;
}

void path_index::search() {
  std::vector<std::uint32_t> round;
  while (!next_.empty()) {
    round.swap(next_);
    next_.clear();
    for (const std::uint32_t block : round) {
      key_[block] |= settled;
    }
    for (std::size_t i = 0; i < round.size(); ++i) {
      if (i + 2 * blocks_ahead < round.size()) {
        const std::uint32_t later = round[i + blocks_ahead];
        __builtin_prefetch(&heap_->first_edge[round[i + 2 * blocks_ahead]]);
        __builtin_prefetch(heap_->edges.data() + heap_->first_edge[later]);
      }
      const std::uint32_t key = key_[round[i]] & ~(at_root | settled);
      const std::uint64_t end = heap_->first_edge[round[i] + std::size_t{1}];
      for (std::uint64_t edge = heap_->first_edge[round[i]]; edge < end; ++edge) {
        offer(heap_->edges[edge], round[i], key);
      }
    }
  }
  next_.shrink_to_fit();
}

// The pointer by which the parent leads to the block: to its start if there is one, else the first.
path_step path_index::last_step(std::uint32_t block) const {
  const bool root = (key_[block] & at_root) != 0;
  const auto& edges = root ? heap_->root_edges : heap_->edges;
  const auto& firsts = root ? heap_->first_root_edge : heap_->first_edge;
  const std::uint64_t begin = firsts[parent_[block]];
  const std::uint64_t end = firsts[parent_[block] + std::size_t{1}];
  std::uint64_t best = end;
  for (std::uint64_t edge = begin; edge < end; ++edge) {
    if (edges[edge].target == block && (best == end || edges[edge].interior == 0)) {
      best = edge;
      if (edges[edge].interior == 0) {
        break;
      }
    }
  }
  const auto& interiors = root ? heap_->root_interiors : heap_->interiors;
  const bool interior = edges[best].interior != 0;
  return {edges[best].word, block, interior ? heap_graph::interior_of(interiors, best).offset : 0};
}

std::optional<path> path_index::to(std::uint32_t block) const {
  if (key_[block] == unseen) {
    return std::nullopt;
  }
  path found;
  for (; parent_[block] != block || (key_[block] & at_root) != 0; block = parent_[block]) {
    found.steps.push_back(last_step(block));
    if ((key_[block] & at_root) != 0) {
      found.from_root = true;
      break;
    }
  }
  found.start = found.from_root ? parent_[block] : block;
  std::reverse(found.steps.begin(), found.steps.end());
  return found;
}

}  // namespace track::analysis::graph
