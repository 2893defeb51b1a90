// Does it grow? A verdict on a series of sizes, with its evidence. Floor 5.
//
// Pure functions. What counts is the floor of the series: the least that was alive in each of up to
// 48 parts of its time, so that batches, sawtooths and what is in flight drop out. The first third
// is warm-up and is left out. It grows when the floor goes on rising in the last third, by time and
// by the work the process did, without giving back what it took.
// cost: quadratic in the parts.
// source: H. B. Mann, "Nonparametric tests against trend" (1945); P. K. Sen, "Estimates of the
// regression coefficient based on Kendall's tau" (1968).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libtrack/model/growth.hpp"

namespace track::analysis {

struct series_point {
  std::uint64_t at_ms = 0;   // since the process's start
  std::uint64_t work = 0;    // allocations of the whole process until then
  std::uint64_t births = 0;  // of these entries, likewise
  std::int64_t entries = 0;
  std::int64_t bytes = 0;
};

// shape: points by time. The verdict is on entries, where they move at all, else on bytes; rates
// are of both. The series stays empty. Under three points: undecided.
model::growth judge_growth(std::span<const series_point> points);

// For something of which only what is left is known, with its births: points of those born until
// then. What was left of a bounded cache is young, so it must have risen all the time.
model::growth judge_survivors(std::span<const series_point> points);

// For a report: at most so many points, the last among them.
std::vector<model::growth_point> series_of(std::span<const series_point> points);

}  // namespace track::analysis
