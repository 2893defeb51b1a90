#include "libtrack/analysis/site_series.hpp"

#include <algorithm>

namespace track::analysis {

site_series::site_series(const capture::series& all, std::uint64_t process, std::uint64_t end_ms) {
  std::uint64_t work = 0;
  for (const capture::moment& moment : all) {
    if (moment.process != process || moment.at_ms > end_ms) {
      continue;
    }
    const auto number = static_cast<std::uint32_t>(at_ms_.size());
    for (const capture::site_change& change : moment.changes) {
      work += change.allocations;
      history& of = histories_[change.site];
      of.births += change.allocations;
      of.steps.push_back({number, change.allocations, change.live_blocks, change.live_bytes});
      of.moves = of.moves || change.live_blocks != 0 || change.live_bytes != 0;
    }
    at_ms_.push_back(moment.at_ms);
    work_.push_back(work);
  }
  for (const auto& [site, of] : histories_) {
    if (site != 0 && of.moves) {
      sites_.push_back(site);
    }
  }
  std::sort(sites_.begin(), sites_.end());
}

std::vector<series_point> site_series::of(std::span<const std::uint32_t> sites) const {
  std::vector<series_point> points(at_ms_.size());
  for (const std::uint32_t site : sites) {
    const auto found = histories_.find(site);
    if (found == histories_.end()) {
      continue;
    }
    for (const step& each : found->second.steps) {
      points[each.moment].births += each.births;
      points[each.moment].entries += each.blocks;
      points[each.moment].bytes += each.bytes;
    }
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].at_ms = at_ms_[i];
    points[i].work = work_[i];
    if (i != 0) {
      points[i].births += points[i - 1].births;
      points[i].entries += points[i - 1].entries;
      points[i].bytes += points[i - 1].bytes;
    }
  }
  return points;
}

std::uint64_t site_series::births(std::span<const std::uint32_t> sites) const {
  std::uint64_t sum = 0;
  for (const std::uint32_t site : sites) {
    const auto found = histories_.find(site);
    sum += found == histories_.end() ? 0 : found->second.births;
  }
  return sum;
}

std::vector<series_point> site_series::of_births(std::vector<std::uint64_t> born_at_ms,
                                                 std::uint64_t bytes_each) const {
  std::sort(born_at_ms.begin(), born_at_ms.end());
  std::vector<series_point> points;
  auto until = born_at_ms.begin();
  for (std::size_t i = 0; i < at_ms_.size(); ++i) {
    until = std::upper_bound(until, born_at_ms.end(), at_ms_[i]);
    const std::int64_t entries = until - born_at_ms.begin();
    points.push_back({at_ms_[i], work_[i], static_cast<std::uint64_t>(entries), entries,
                      entries * static_cast<std::int64_t>(bytes_each)});
  }
  return points;
}

}  // namespace track::analysis
