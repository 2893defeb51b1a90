// Sums over the groups of a leak_report. Floor 3.
#pragma once

#include <cstddef>
#include <vector>

#include <track/leak_scope.hpp>

namespace track::detail {

struct leak_sums {
  std::size_t count = 0;
  std::size_t bytes = 0;
};

inline leak_sums sums_of(const std::vector<leak_group>& groups, leak_kind kind) noexcept {
  leak_sums sum;
  for (const leak_group& each : groups) {
    if (each.kind == kind) {
      sum.count += each.count;
      sum.bytes += each.bytes;
    }
  }
  return sum;
}

inline leak_sums lost_in(const leak_report& report) noexcept {
  const leak_sums lost = sums_of(report.groups, leak_kind::lost);
  const leak_sums cyclic = sums_of(report.groups, leak_kind::cycle);
  return {lost.count + cyclic.count + report.other_blocks,
          lost.bytes + cyclic.bytes + report.other_bytes};
}

}  // namespace track::detail
