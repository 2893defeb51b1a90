#include "libtrack/analysis/graph/causes.hpp"

#include <algorithm>

namespace track::analysis::graph {
namespace {

using capture::heap_graph;

std::uint32_t leader_of(const heap_graph& heap, const components& parts, std::uint32_t component) {
  for (const std::uint32_t member : parts.members_of(component)) {
    if (!heap.inherited[member]) {
      return member;
    }
  }
  return parts.members[parts.first[component]];
}

std::vector<cause> list_causes(const heap_graph& heap, const components& parts) {
  std::vector<cause> all;
  for (std::uint32_t i = 0; i < parts.count(); ++i) {
    if (!parts.entered[i]) {
      all.push_back({i, leader_of(heap, parts, i), 0, 0, parts.cyclic[i], false});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const cause& left, const cause& right) { return left.leader < right.leader; });
  return all;
}

// Components are numbered topologically: one pass hands causes on.
void hand_on(const heap_graph& heap, const block_set& part, const components& parts,
             lost_causes& found) {
  for (std::uint32_t from = 0; from < parts.count(); ++from) {
    for (const std::uint32_t member : parts.members_of(from)) {
      const std::uint64_t end = heap.first_edge[member + std::size_t{1}];
      for (std::uint64_t edge = heap.first_edge[member]; edge < end; ++edge) {
        const std::uint32_t target = heap.edges[edge].target;
        if (!part.contains(target)) {
          continue;
        }
        const std::uint32_t to = parts.of[part.rank(target)];
        if (found.shared[from] || (found.of[to] != no_block && found.of[to] != found.of[from])) {
          found.shared[to] = true;
        }
        found.of[to] = std::min(found.of[to], found.of[from]);
      }
    }
  }
}

void add_up(const heap_graph& heap, const components& parts, lost_causes& found) {
  for (std::uint32_t i = 0; i < parts.count(); ++i) {
    cause& holder = found.all[found.of[i]];
    for (const std::uint32_t member : parts.members_of(i)) {
      if (!heap.inherited[member]) {
        holder.retained_blocks += 1;
        holder.retained_bytes += heap.bytes_of(member);
        holder.shares |= found.shared[i];
      }
    }
  }
}

}  // namespace

block_set led_blocks(const capture::heap_graph& heap, const reachability& found) {
  block_set led(heap.block_count());
  std::uint32_t rank = 0;
  found.lost.for_each([&](std::uint32_t block) {
    if (found.leaders[rank++] != no_block) {
      led.insert(block);
    }
  });
  led.number();
  return led;
}

lost_causes find_causes(const capture::heap_graph& heap, const block_set& part,
                        const components& parts) {
  lost_causes found;
  found.all = list_causes(heap, parts);
  found.of.assign(parts.count(), no_block);
  found.shared.assign(parts.count(), false);
  for (std::uint32_t i = 0; i < found.all.size(); ++i) {
    found.of[found.all[i].component] = i;
  }
  hand_on(heap, part, parts, found);
  add_up(heap, parts, found);
  return found;
}

}  // namespace track::analysis::graph
