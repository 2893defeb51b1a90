// Looks at what a running process's sites do, and how far they grow. Floor 6.
//
// One a process. Moments are 100 ms apart at first; each time there are as many as a capture keeps,
// they become twice as far apart, so that a week costs as much as a minute. They keep no beat: what
// comes and goes with one would look like a trend. One thread.
// cost: a look at each site's counters, at most some 2 % of one processor; 48 bytes a site.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "libtrack/capture/series.hpp"
#include "libtrack/ledger/reader.hpp"

namespace track::tools {

class site_watch {
 public:
  explicit site_watch(std::uint64_t now_ms) : next_ms_(now_ms + first_interval_ms) {}

  bool is_due(std::uint64_t now_ms) const { return now_ms >= next_ms_; }

  // What changed since the last look.
  std::vector<capture::site_change> look(std::span<const std::byte> slot, std::uint64_t now_ms);

  // Whether a site went up nearly every time it did anything, up to now: worth a still before
  // destructors run. No judgement; that is made later, of the whole series.
  bool sees_growth() const { return growing_; }

 private:
  static constexpr std::uint64_t first_interval_ms = 100;

  // Of a site, since it was first seen.
  struct trend {
    std::uint32_t rises = 0;
    std::uint32_t falls = 0;
    std::uint32_t last_rise = 0;  // look
  };

  void note(std::size_t site, std::int64_t blocks, std::int64_t bytes);
  void plan_next(std::uint64_t now_ms, std::uint64_t cost_ms);

  std::uint64_t next_ms_;
  std::uint64_t interval_ms_ = first_interval_ms;
  std::size_t moments_ = 0;
  std::uint32_t looks_ = 0;
  std::uint32_t chance_ = 1;
  bool growing_ = false;
  std::vector<ledger::site_counts> counts_;  // at the last look
  std::vector<ledger::site_counts> next_;
  std::vector<trend> trends_;
};

}  // namespace track::tools
