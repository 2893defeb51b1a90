// Leaks added up, and those of several rounds compared.
#include <algorithm>
#include <utility>
#include <vector>

#include "libtrack/weak/leak_sums.hpp"
#include <track/leak_scope.hpp>

namespace track {
namespace {

bool is_lost(const leak_group& group) noexcept {
  return group.kind == leak_kind::lost || group.kind == leak_kind::cycle;
}

// Of one place: two samples may have a stack and none, and what is lost may by chance be pointed to
// by a cycle once and not the other time.
bool alike(const leak_group& one, const leak_group& other) noexcept {
  if (is_lost(one) && is_lost(other)) {
    return one.stack == other.stack;
  }
  return one.kind == other.kind && one.type == other.type && one.label == other.label &&
         one.tag == other.tag &&
         (one.stack == other.stack || one.stack.empty() || other.stack.empty());
}

template <class Groups>
auto* find(Groups& groups, const leak_group& like) noexcept {
  const auto found =
      std::ranges::find_if(groups, [&](const leak_group& each) { return alike(each, like); });
  return found == groups.end() ? nullptr : &*found;
}

void add_to(leak_group& sum, const leak_group& more) noexcept {
  sum.count += more.count;
  sum.bytes += more.bytes;
  sum.kind = std::max(sum.kind, more.kind);  // a cycle, if either is one
  if (sum.stack.empty()) {
    sum.stack = more.stack;
  }
}

void sort(std::vector<leak_group>& groups) {
  std::ranges::stable_sort(groups, [](const leak_group& one, const leak_group& other) {
    return one.kind != other.kind ? one.kind < other.kind : one.bytes > other.bytes;
  });
}

}  // namespace

void leak_report::add(const leak_report& more) {
  for (const leak_group& each : more.groups) {
    if (leak_group* const sum = find(groups, each)) {
      add_to(*sum, each);
    } else {
      groups.push_back(each);
    }
  }
  sort(groups);
  growth_blocks += more.growth_blocks;
  growth_bytes += more.growth_bytes;
  cycles += more.cycles;
  other_blocks += more.other_blocks;
  other_bytes += more.other_bytes;
  judged |= more.judged;
  skewed |= more.skewed;
}

void leak_rounds::add(const leak_report& of_round) {
  leak_report round = of_round;
  const detail::leak_sums lost = detail::lost_in(round);
  const std::int64_t held_bytes = round.growth_bytes - static_cast<std::int64_t>(lost.bytes);
  const std::int64_t held_blocks = round.growth_blocks - static_cast<std::int64_t>(lost.count);
  if (held_bytes > 0) {
    leak_group held;
    held.kind = leak_kind::held;
    held.count = static_cast<std::size_t>(std::max<std::int64_t>(held_blocks, 0));
    held.bytes = static_cast<std::size_t>(held_bytes);
    round.groups.push_back(held);
  }
  if (rounds_++ == 0) {
    in_every_ = std::move(round);
    return;
  }
  keep_what_is_in(round);
}

void leak_rounds::keep_what_is_in(const leak_report& round) {
  leak_report both;
  both.judged = in_every_.judged && round.judged;
  both.skewed = in_every_.skewed || round.skewed;
  bool cyclic = false;
  for (leak_group each : in_every_.groups) {
    if (const leak_group* const again = find(round.groups, each)) {
      add_to(each, *again);
      both.groups.push_back(each);
      cyclic |= each.kind == leak_kind::cycle;
    }
  }
  sort(both.groups);
  both.cycles = cyclic ? in_every_.cycles + round.cycles : 0;
  if (in_every_.other_blocks != 0 && round.other_blocks != 0) {
    both.other_blocks = in_every_.other_blocks + round.other_blocks;
    both.other_bytes = in_every_.other_bytes + round.other_bytes;
  }
  in_every_ = std::move(both);
}

}  // namespace track
