#include "libtrack/analysis/graph/advice.hpp"

#include <algorithm>

namespace track::analysis::graph {
namespace {

constexpr std::size_t most_edges = 64;

bool frees_all(const component_links& cycle, const std::vector<bool>& weakened) {
  const std::vector<bool> gone = cycle.destroyed(weakened, false);
  return std::find(gone.begin(), gone.end(), false) == gone.end();
}

std::uint64_t count_different(std::vector<std::uint32_t>& of) {
  std::sort(of.begin(), of.end());
  return static_cast<std::uint64_t>(std::unique(of.begin(), of.end()) - of.begin());
}

}  // namespace

bool adviser::votes::leads_back() const {
  if (by_age() != 0) {
    return by_age() > 0 && by_number() >= 0;
  }
  return by_number() != 0 ? by_number() > 0 : by_site() > 0;
}

advice_reason adviser::votes::reason() const {
  if (by_age() > 0) {
    return advice_reason::older;
  }
  return by_number() > 0 ? advice_reason::fewer : advice_reason::earlier;
}

void adviser::vote(const capture::heap_graph& heap, const component_links& cycle,
                   const std::vector<cycle_edge>& edges, bool sure) {
  sure_ = sure_ && sure && edges.size() <= most_edges;
  if (!sure_) {
    return;
  }
  edges_.resize(edges.size());
  for (std::size_t i = 0; i < edges.size(); ++i) {
    edges_[i].strong = edges[i].kind == link_kind::strong;
  }
  look_at(heap, cycle);
  try_each(cycle);
  try_together(cycle);
  ++cycles_;
}

void adviser::look_at(const capture::heap_graph& heap, const component_links& cycle) {
  const std::vector<std::uint32_t> holders = cycle.holders();
  std::vector<std::vector<std::uint32_t>> from(edges_.size());
  std::vector<std::vector<std::uint32_t>> to(edges_.size());
  for (const link& each : cycle.links) {
    if (each.edge == no_block || !edges_[each.edge].strong) {
      continue;
    }
    from[each.edge].push_back(holders[each.from]);
    to[each.edge].push_back(each.to);
    const std::uint32_t holder = cycle.members[holders[each.from]];
    const std::uint32_t target = cycle.members[each.to];
    votes& edge = edges_[each.edge];
    edge.older |= heap.age_ms[target] > heap.age_ms[holder];
    edge.newer |= heap.age_ms[target] < heap.age_ms[holder];
    if (heap.site[target] != 0 && heap.site[holder] != 0) {
      edge.earlier |= heap.site[target] < heap.site[holder];
      edge.later |= heap.site[target] > heap.site[holder];
    }
  }
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    edges_[i].holders += count_different(from[i]);
    edges_[i].targets += count_different(to[i]);
  }
}

void adviser::try_each(const component_links& cycle) {
  std::vector<bool> weakened(edges_.size(), false);
  for (std::size_t i = 0; i < edges_.size(); ++i) {
    if (edges_[i].strong && edges_[i].frees) {
      weakened[i] = true;
      edges_[i].frees = frees_all(cycle, weakened);
      weakened[i] = false;
    }
  }
}

// Where no edge does alone: all that lead back, less those that are not needed.
void adviser::try_together(const component_links& cycle) {
  const bool alone = std::any_of(edges_.begin(), edges_.end(),
                                 [](const votes& edge) { return edge.strong && edge.frees; });
  std::vector<bool> weakened(edges_.size(), false);
  if (alone || (cycles_ != 0 && together_.empty())) {
    return;
  }
  if (cycles_ == 0) {
    for (std::uint32_t i = 0; i < edges_.size(); ++i) {
      weakened[i] = edges_[i].strong && edges_[i].leads_back();
    }
  }
  for (const std::uint32_t edge : together_) {
    weakened[edge] = true;
  }
  const bool enough = frees_all(cycle, weakened);
  together_.clear();
  for (std::uint32_t i = 0; i < edges_.size() && enough; ++i) {
    if (weakened[i]) {
      weakened[i] = false;
      weakened[i] = !frees_all(cycle, weakened);
    }
    if (weakened[i]) {
      together_.push_back(i);
    }
  }
}

std::vector<cycle_advice> adviser::advise() const {
  if (!sure_ || cycles_ == 0) {
    return {};
  }
  std::vector<std::uint32_t> candidates;
  for (std::uint32_t i = 0; i < edges_.size(); ++i) {
    if (edges_[i].strong && edges_[i].frees) {
      candidates.push_back(i);
    }
  }
  if (candidates.size() == 1) {
    return {{candidates[0], advice_reason::only_one}};
  }
  if (!candidates.empty()) {
    return choose(std::move(candidates));
  }
  std::vector<cycle_advice> all;
  for (const std::uint32_t edge : together_) {
    all.push_back({edge, edges_[edge].reason()});
  }
  return all;
}

std::vector<cycle_advice> adviser::choose(std::vector<std::uint32_t> candidates) const {
  const auto back = [this](std::uint32_t edge) { return edges_[edge].leads_back(); };
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                  [&](std::uint32_t edge) { return !back(edge); }),
                   candidates.end());
  if (candidates.size() != 1) {
    return {};
  }
  return {{candidates[0], edges_[candidates[0]].reason()}};
}

}  // namespace track::analysis::graph
