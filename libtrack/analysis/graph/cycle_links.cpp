#include "libtrack/analysis/graph/cycle_links.hpp"

#include <algorithm>
#include <tuple>

namespace track::analysis::graph {
namespace {

// Whether some of the links that pass go around.
template <typename Passes>
bool goes_around(const component_links& all, Passes passes) {
  std::vector<std::uint32_t> entering(all.members.size(), 0);
  for (const link& each : all.links) {
    entering[each.to] += passes(each) ? 1 : 0;
  }
  std::vector<std::uint32_t> free;
  for (std::uint32_t i = 0; i < entering.size(); ++i) {
    if (entering[i] == 0) {
      free.push_back(i);
    }
  }
  std::size_t gone = 0;
  for (; gone < free.size(); ++gone) {
    for (const link& each : all.from(free[gone])) {
      if (passes(each) && --entering[each.to] == 0) {
        free.push_back(each.to);
      }
    }
  }
  return gone < all.members.size();
}

// By age, and where that is the same, by which kind was allocated first.
bool is_older(const capture::heap_graph& heap, std::uint32_t left, std::uint32_t right) {
  if (heap.age_ms[left] != heap.age_ms[right]) {
    return heap.age_ms[left] > heap.age_ms[right];
  }
  return heap.site[left] != 0 && heap.site[left] < heap.site[right];
}

}  // namespace

void component_links::sort_links() {
  std::sort(links.begin(), links.end(), [](const link& left, const link& right) {
    return std::tie(left.from, left.to, left.word) < std::tie(right.from, right.to, right.word);
  });
  first.assign(members.size() + 1, 0);
  for (const link& each : links) {
    ++first[each.from + std::size_t{1}];
  }
  for (std::size_t i = 0; i < members.size(); ++i) {
    first[i + 1] += first[i];
  }
}

std::vector<bool> component_links::destroyed(const std::vector<bool>& weakened,
                                             bool unowned) const {
  const auto owns = [&](const link& each) {
    return counts_as_owner(each.role) && (each.edge == no_block || !weakened[each.edge]);
  };
  std::vector<std::uint32_t> owners(members.size(), 0);
  std::vector<bool> owned(members.size(), false);
  for (const link& each : links) {
    owners[each.to] += owns(each) ? 1 : 0;
    owned[each.to] = owned[each.to] || owns(each) || each.role == link_role::keeper ||
                     (is_plain_owner(each.role) && each.from != each.to);
  }
  std::vector<bool> gone(members.size(), false);
  std::vector<std::uint32_t> going;
  const auto destroy = [&](std::uint32_t member) {
    if (!gone[member]) {
      gone[member] = true;
      going.push_back(member);
    }
  };
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if ((counted[i] && owners[i] == 0) || (unowned && !owned[i])) {
      destroy(i);
    }
  }
  while (!going.empty()) {
    const std::uint32_t member = going.back();
    going.pop_back();
    for (const link& each : from(member)) {
      if (owns(each)) {
        if (--owners[each.to] == 0) {
          destroy(each.to);
        }
      } else if (is_plain_owner(each.role) ||
                 (each.role == link_role::keeper && control[each.to])) {
        destroy(each.to);
      }
    }
  }
  return gone;
}

std::vector<std::uint32_t> component_links::holders() const {
  std::vector<std::uint32_t> holder(members.size(), no_block);
  std::vector<std::uint32_t> order;
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    if (counted[i]) {
      holder[i] = i;
      order.push_back(i);
    }
  }
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (const link& each : from(order[i])) {
      const bool belongs = is_plain_owner(each.role) || each.role == link_role::keeper;
      if (belongs && holder[each.to] == no_block) {
        holder[each.to] = holder[order[i]];
        order.push_back(each.to);
      }
    }
  }
  for (std::uint32_t i = 0; i < members.size(); ++i) {
    holder[i] = holder[i] == no_block ? i : holder[i];
  }
  return holder;
}

void component_links::settle_owners(const capture::heap_graph& heap) {
  const auto settle = [&](auto is_none) {
    const std::vector<std::uint32_t> holder = holders();
    std::vector<std::uint32_t> of(members.size(), no_block);
    std::vector<bool> several(members.size(), false);
    for (const link& each : links) {
      if (is_plain_owner(each.role)) {
        several[each.to] =
            several[each.to] || (of[each.to] != no_block && of[each.to] != holder[each.from]);
        of[each.to] = holder[each.from];
      }
    }
    for (link& each : links) {
      if (each.role == link_role::likely_owner &&
          is_none(holder[each.from], each.to, several[each.to])) {
        each.role = link_role::observer;
      }
    }
  };
  settle([&](std::uint32_t holder, std::uint32_t to, bool) {
    return counted[holder] && is_older(heap, members[to], members[holder]);
  });
  settle([](std::uint32_t, std::uint32_t, bool several) { return several; });
  for (const link& each : links) {
    doubtful |= each.role == link_role::likely_owner && heap.type[members[each.to]] != 0;
  }
}

// A pointer that is answered by one of another field, as next by prev, or a child's by its
// parent's, makes no ring.
hold judge_plain(const component_links& all, std::span<const std::uint32_t> groups) {
  const auto held = [&](const link& each) {
    const bool to_control = each.role == link_role::keeper && all.control[each.to];
    return each.role != link_role::weak && !to_control && each.from != each.to;
  };
  if (!goes_around(all, held)) {
    return hold::none;
  }
  const auto is_answered = [&](const link& each) {
    const std::span<const link> back = all.from(each.to);
    auto at = std::lower_bound(back.begin(), back.end(), each.from,
                               [](const link& one, std::uint32_t to) { return one.to < to; });
    for (; at != back.end() && at->to == each.from; ++at) {
      if (at->word != each.word || groups[each.from] != groups[each.to]) {
        return true;
      }
    }
    return false;
  };
  std::vector<bool> unanswered(all.links.size());
  for (std::size_t i = 0; i < all.links.size(); ++i) {
    unanswered[i] = held(all.links[i]) && !is_answered(all.links[i]);
  }
  const bool ring = goes_around(all, [&](const link& each) {
    return unanswered[static_cast<std::size_t>(&each - all.links.data())];
  });
  return ring ? hold::ring : hold::linked;
}

}  // namespace track::analysis::graph
