// What sites of a process did over time, summed over those that look the same. Floor 5.
//
// From the moments of a capture to points; looks at contents that must outlive it. One thread.
// cost: linear in the changes of the process, and points × sites that were alive.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "libtrack/analysis/growth.hpp"
#include "libtrack/capture/series.hpp"

namespace track::analysis {

class site_series {
 public:
  // Of one process, until `end_ms` since its start.
  site_series(const capture::series& all, std::uint64_t process, std::uint64_t end_ms);

  bool empty() const { return work_.empty(); }

  // Sites that had anything alive for a while, by number.
  const std::vector<std::uint32_t>& sites() const { return sites_; }

  // Sums of these sites, one point a moment.
  std::vector<series_point> of(std::span<const std::uint32_t> sites) const;
  // Allocations of these sites until the last moment.
  std::uint64_t births(std::span<const std::uint32_t> sites) const;

  // Those born until each moment, of survivors whose moments of birth are given.
  std::vector<series_point> of_births(std::vector<std::uint64_t> born_at_ms,
                                      std::uint64_t bytes_each) const;

 private:
  struct step {
    std::uint32_t moment = 0;
    std::uint64_t births = 0;
    std::int64_t blocks = 0;
    std::int64_t bytes = 0;
  };
  struct history {
    std::vector<step> steps;
    std::uint64_t births = 0;
    bool moves = false;  // what is alive changed
  };

  std::vector<std::uint64_t> at_ms_;  // by moment
  std::vector<std::uint64_t> work_;
  std::unordered_map<std::uint32_t, history> histories_;
  std::vector<std::uint32_t> sites_;
};

}  // namespace track::analysis
