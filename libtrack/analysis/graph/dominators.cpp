#include "libtrack/analysis/graph/dominators.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace track::analysis::graph {
namespace {

using capture::heap_graph;

// Works on numbers: places in the order of a depth-first search, from 1; 0 is the outside.
class dominator_finder {
 public:
  explicit dominator_finder(const heap_graph& heap) : heap_(heap) {
    tree_.order.assign(heap.block_count(), 0);
    add(no_block, 0);
  }

  void enter(std::uint32_t block) {
    entries_.push_back(block);
    if (tree_.order[block] != 0) {
      return;
    }
    add(block, 0);
    auto at = static_cast<std::uint32_t>(vertex_.size() - 1);
    while (at != 0) {
      at = step(at);
    }
  }

  dominator_tree find() {
    gather_predecessors();
    for (std::uint32_t i = 0; i < nodes_.size(); ++i) {
      nodes_[i].dominator = nodes_[i].parent;
      nodes_[i].semi = i;
      nodes_[i].label = i;
    }
    for (auto i = static_cast<std::uint32_t>(vertex_.size() - 1); i > 0; --i) {
      find_semidominator(i);
    }
    for (std::uint32_t i = 1; i < vertex_.size(); ++i) {
      while (nodes_[i].dominator > nodes_[i].semi) {
        nodes_[i].dominator = nodes_[nodes_[i].dominator].dominator;
      }
    }
    add_up();
    return std::move(tree_);
  }

 private:
  // One line of the cache for all that is asked of a number.
  struct node {
    std::uint32_t parent;
    std::uint32_t semi;
    std::uint32_t label;
    std::uint32_t dominator;
  };
  static constexpr std::uint32_t numbers_ahead = 8;
  static constexpr std::uint64_t edges_ahead = 8;

  void add(std::uint32_t block, std::uint32_t parent) {
    if (block != no_block) {
      tree_.order[block] = static_cast<std::uint32_t>(vertex_.size());
    }
    vertex_.push_back(block);
    nodes_.push_back({parent, 0, 0, 0});
  }

  // Goes from `at` to a child not seen yet, else back; `semi` counts the edges looked at.
  std::uint32_t step(std::uint32_t at) {
    const std::uint32_t block = vertex_[at];
    const std::uint64_t begin = heap_.first_edge[block];
    const std::uint64_t end = heap_.first_edge[block + std::size_t{1}];
    for (std::uint64_t edge = begin;
         nodes_[at].semi == 0 && edge < std::min(end, begin + edges_ahead); ++edge) {
      __builtin_prefetch(&tree_.order[heap_.edges[edge].target]);
    }
    for (std::uint64_t edge = begin + nodes_[at].semi; edge < end; ++edge) {
      const std::uint32_t target = heap_.edges[edge].target;
      if (tree_.order[target] == 0) {
        nodes_[at].semi = static_cast<std::uint32_t>(edge + 1 - begin);
        add(target, at);
        return tree_.order[target];
      }
    }
    return nodes_[at].parent;
  }

  // Calls see(from, to) for each edge that is none of the search's tree.
  template <typename See>
  void for_each_other_edge(See see) const {
    for (std::uint32_t block = 0; block < heap_.block_count(); ++block) {
      const std::uint32_t from = tree_.order[block];
      const std::uint64_t end = heap_.first_edge[block + std::size_t{1}];
      for (std::uint64_t edge = heap_.first_edge[block]; from != 0 && edge < end; ++edge) {
        const std::uint32_t to = tree_.order[heap_.edges[edge].target];
        if (nodes_[to].parent != from && to != from) {
          see(from, to);
        }
      }
    }
    for (const std::uint32_t entry : entries_) {
      if (nodes_[tree_.order[entry]].parent != 0) {
        see(0, tree_.order[entry]);
      }
    }
  }

  void gather_predecessors() {
    first_predecessor_.assign(vertex_.size() + 1, 0);
    for_each_other_edge([this](std::uint32_t, std::uint32_t to) { ++first_predecessor_[to]; });
    std::uint64_t sum = 0;
    for (std::uint64_t& each : first_predecessor_) {
      sum += each;
      each = sum;
    }
    predecessors_.resize(sum);
    for_each_other_edge([this](std::uint32_t from, std::uint32_t to) {
      predecessors_[--first_predecessor_[to]] = from;
    });
  }

  void find_semidominator(std::uint32_t of) {
    const std::uint32_t later = of > numbers_ahead ? of - numbers_ahead : 0;
    for (std::uint64_t i = first_predecessor_[later];
         i < first_predecessor_[later + std::size_t{1}]; ++i) {
      __builtin_prefetch(&nodes_[predecessors_[i]]);
    }
    std::uint32_t lowest = nodes_[of].parent;
    for (std::uint64_t i = first_predecessor_[of]; i < first_predecessor_[of + std::size_t{1}];
         ++i) {
      const std::uint32_t semi = nodes_[evaluate(predecessors_[i], of + 1)].semi;
      lowest = semi < lowest ? semi : lowest;
    }
    nodes_[of].semi = lowest;
  }

  // The block of the lowest semidominator on the way up from `at` to those not done yet, which are
  // below `undone`. Shortens that way: `parent` loses the search's tree.
  std::uint32_t evaluate(std::uint32_t at, std::uint32_t undone) {
    if (nodes_[at].parent < undone) {
      return nodes_[at].label;
    }
    do {
      way_.push_back(at);
      at = nodes_[at].parent;
    } while (nodes_[at].parent >= undone);
    std::uint32_t above = at;
    std::uint32_t best = nodes_[at].label;
    while (!way_.empty()) {
      at = way_.back();
      way_.pop_back();
      nodes_[at].parent = nodes_[above].parent;
      if (nodes_[best].semi < nodes_[nodes_[at].label].semi) {
        nodes_[at].label = best;
      } else {
        best = nodes_[at].label;
      }
      above = at;
    }
    return best;
  }

  void add_up() {
    const std::uint32_t blocks = heap_.block_count();
    tree_.parent.assign(blocks, no_block);
    tree_.retained_bytes.assign(blocks, 0);
    tree_.retained_blocks.assign(blocks, 0);
    for (std::size_t i = vertex_.size() - 1; i > 0; --i) {
      const std::uint32_t block = vertex_[i];
      const std::uint32_t above = vertex_[nodes_[i].dominator];
      if (!heap_.inherited[block]) {
        tree_.retained_bytes[block] += heap_.bytes_of(block);
        tree_.retained_blocks[block] += 1;
      }
      tree_.parent[block] = above;
      if (above != no_block) {
        tree_.retained_bytes[above] += tree_.retained_bytes[block];
        tree_.retained_blocks[above] += tree_.retained_blocks[block];
      }
    }
  }

  const heap_graph& heap_;
  dominator_tree tree_;
  std::vector<std::uint32_t> entries_;
  // By number.
  std::vector<std::uint32_t> vertex_;
  std::vector<node> nodes_;
  std::vector<std::uint64_t> first_predecessor_;
  std::vector<std::uint32_t> predecessors_;
  std::vector<std::uint32_t> way_;
};

}  // namespace

dominator_tree find_dominators(const capture::heap_graph& heap) {
  dominator_finder finder(heap);
  for (const capture::graph_edge& edge : heap.root_edges) {
    finder.enter(edge.target);
  }
  return finder.find();
}

dominator_tree find_dominators(const capture::heap_graph& heap,
                               std::span<const std::uint32_t> entries) {
  dominator_finder finder(heap);
  for (const std::uint32_t entry : entries) {
    finder.enter(entry);
  }
  return finder.find();
}

}  // namespace track::analysis::graph
