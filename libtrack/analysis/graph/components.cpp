#include "libtrack/analysis/graph/components.hpp"

#include <utility>

namespace track::analysis::graph {
namespace {

using capture::heap_graph;

class component_finder {
 public:
  component_finder(const heap_graph& heap, const block_set& part)
      : heap_(heap),
        part_(part),
        index_(part.size(), 0),
        is_head_(part.size(), false),
        component_(part.size() == 0 ? 0 : part.size() - 1) {}

  // Numbers of components by rank.
  std::vector<std::uint32_t> find() {
    part_.for_each([this](std::uint32_t block) {
      if (index_[part_.rank(block)] == 0) {
        enter(block, part_.rank(block));
        while (!path_.empty()) {
          advance();
        }
      }
    });
    const std::uint32_t lowest = component_ + 1;
    for (std::uint32_t& each : index_) {
      each -= lowest;
    }
    return std::move(index_);
  }

 private:
  struct visit {
    std::uint32_t rank;
    std::uint64_t edge;
    std::uint64_t end;
  };

  void enter(std::uint32_t block, std::uint32_t rank) {
    is_head_[rank] = true;
    index_[rank] = next_index_++;
    path_.push_back({rank, heap_.first_edge[block], heap_.first_edge[block + 1]});
  }

  // An edge is looked at until its target has an index; then the lower index is taken over.
  void advance() {
    visit& at = path_.back();
    for (; at.edge < at.end; ++at.edge) {
      const std::uint32_t target = heap_.edges[at.edge].target;
      if (!part_.contains(target)) {
        continue;
      }
      const std::uint32_t rank = part_.rank(target);
      if (index_[rank] == 0) {
        enter(target, rank);
        return;
      }
      if (index_[rank] < index_[at.rank]) {
        index_[at.rank] = index_[rank];
        is_head_[at.rank] = false;
      }
    }
    const std::uint32_t rank = at.rank;
    path_.pop_back();
    leave(rank);
  }

  void leave(std::uint32_t rank) {
    if (!is_head_[rank]) {
      open_.push_back(rank);
      return;
    }
    --next_index_;
    while (!open_.empty() && index_[rank] <= index_[open_.back()]) {
      index_[open_.back()] = component_;
      open_.pop_back();
      --next_index_;
    }
    index_[rank] = component_--;
  }

  const heap_graph& heap_;
  const block_set& part_;
  // 0: not seen; from 1 up: open; from the highest down: number of the finished component.
  std::vector<std::uint32_t> index_;
  std::vector<bool> is_head_;
  std::vector<visit> path_;
  std::vector<std::uint32_t> open_;
  std::uint32_t next_index_ = 1;
  std::uint32_t component_;
};

void group_members(const block_set& part, std::uint32_t count, components& found) {
  found.first.assign(count + std::size_t{1}, 0);
  for (const std::uint32_t each : found.of) {
    ++found.first[each + std::size_t{1}];
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    found.first[i + std::size_t{1}] += found.first[i];
  }
  found.members.resize(part.size());
  std::vector<std::uint32_t> next(found.first.begin(), found.first.end() - 1);
  std::uint32_t rank = 0;
  part.for_each([&](std::uint32_t block) { found.members[next[found.of[rank++]]++] = block; });
}

void look_at_edges(const heap_graph& heap, const block_set& part, components& found) {
  std::uint32_t rank = 0;
  part.for_each([&](std::uint32_t block) {
    const std::uint32_t from = found.of[rank++];
    for (std::uint64_t edge = heap.first_edge[block]; edge < heap.first_edge[block + 1]; ++edge) {
      const std::uint32_t target = heap.edges[edge].target;
      if (!part.contains(target)) {
        continue;
      }
      const std::uint32_t to = found.of[part.rank(target)];
      (from == to ? found.cyclic : found.entered)[to] = true;
    }
  });
}

}  // namespace

components find_components(const capture::heap_graph& heap, const block_set& part) {
  components found;
  found.of = component_finder(heap, part).find();
  std::uint32_t count = 0;
  for (const std::uint32_t each : found.of) {
    count = count > each ? count : each + 1;
  }
  group_members(part, count, found);
  found.cyclic.assign(count, false);
  found.entered.assign(count, false);
  look_at_edges(heap, part, found);
  return found;
}

}  // namespace track::analysis::graph
