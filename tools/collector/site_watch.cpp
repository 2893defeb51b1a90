#include "tools/collector/site_watch.hpp"

#include <algorithm>
#include <utility>

#include <time.h>

#include "tools/collector/clock.hpp"

namespace track::tools {
namespace {

constexpr std::uint64_t rest = 50;  // times a look's cost
constexpr std::uint32_t least_rises = 4;
// Falls are few, and the last rise is no further back than half of the looks.
constexpr std::uint32_t rises_a_fall = 4;
constexpr std::uint32_t recent_part = 2;

}  // namespace

std::vector<capture::site_change> site_watch::look(std::span<const std::byte> slot,
                                                   std::uint64_t now_ms) {
  std::vector<capture::site_change> changes;
  const std::uint64_t before_ms = clock_ms(CLOCK_THREAD_CPUTIME_ID);
  if (!ledger::read_site_counts(slot, next_)) {
    return changes;
  }
  ++looks_;
  growing_ = false;
  // Sites never become fewer; a ledger that says so is broken, and what it says is taken as it is.
  counts_.resize(next_.size());
  trends_.resize(next_.size());
  for (std::size_t site = 0; site < next_.size(); ++site) {
    const ledger::site_counts& now = next_[site];
    const ledger::site_counts& old = counts_[site];
    const std::uint64_t allocations = now.allocations - old.allocations;
    const auto blocks = static_cast<std::int64_t>(allocations - (now.frees - old.frees));
    const auto bytes = static_cast<std::int64_t>((now.bytes_allocated - old.bytes_allocated) -
                                                 (now.bytes_freed - old.bytes_freed));
    if (allocations != 0 || blocks != 0 || bytes != 0) {
      changes.push_back({static_cast<std::uint32_t>(site), allocations, blocks, bytes});
    }
    note(site, blocks, bytes);
  }
  std::swap(counts_, next_);
  plan_next(now_ms, clock_ms(CLOCK_THREAD_CPUTIME_ID) - before_ms);
  return changes;
}

void site_watch::note(std::size_t site, std::int64_t blocks, std::int64_t bytes) {
  trend& of = trends_[site];
  const std::int64_t change = blocks != 0 ? blocks : bytes;
  if (change > 0) {
    ++of.rises;
    of.last_rise = looks_;
  } else if (change < 0) {
    ++of.falls;
  }
  growing_ = growing_ || (of.rises >= least_rises && of.falls * rises_a_fall <= of.rises &&
                          looks_ - of.last_rise <= looks_ / recent_part);
}

void site_watch::plan_next(std::uint64_t now_ms, std::uint64_t cost_ms) {
  if (++moments_ >= capture::most_moments) {
    moments_ = (moments_ + 1) / 2;
    interval_ms_ *= 2;
  }
  chance_ = chance_ * 1664525 + 1013904223;
  const std::uint64_t apart_ms = interval_ms_ * 3 / 4 + interval_ms_ / 2 * (chance_ >> 16) / 65536;
  next_ms_ = now_ms + std::max(apart_ms, cost_ms * rest);
}

}  // namespace track::tools
