#include "libtrack/analysis/growth.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace track::analysis {
namespace {

using model::growth_verdict;

constexpr std::size_t most_parts = 48;
constexpr std::size_t least_points = 3;
constexpr std::size_t least_parts = 6;  // after the warm-up
constexpr std::size_t most_shown = 32;
// What it gave back again, in parts of what it grew.
constexpr double most_given_back = 0.4;
// The last third's slope, in parts of that since the warm-up.
constexpr double least_last_slope = 0.25;
constexpr double least_first_slope = 0.25;
constexpr std::size_t least_rises = 3;
constexpr std::size_t least_rises_of_few = 2;
constexpr std::int64_t least_entries = 5;
constexpr std::int64_t least_bytes = 4096;
constexpr double least_confidence = 0.95;
// Where so many come and go for each that stays, chance makes trends: more must be seen of one.
constexpr double busy_turnover = 20;
constexpr double most_given_back_when_busy = 0.2;
constexpr double least_confidence_when_busy = 0.999;
// Memory that doubles rises a few times only; that it did so lately is weaker evidence.
constexpr double doubling = 1.6;
constexpr double confidence_of_doubling = 0.8;
constexpr std::size_t least_doublings = 3;

// A part of the run: the least that was alive, at its end on both axes.
struct floor_point {
  double at_ms = 0;
  double work = 0;
  double births = 0;
  double entries = 0;
  double bytes = 0;
};

std::vector<floor_point> floors_of(std::span<const series_point> points) {
  const std::size_t parts = std::min(most_parts, points.size() / 2);
  const auto begin = static_cast<double>(points.front().at_ms);
  const auto length = static_cast<double>(points.back().at_ms) - begin;
  std::vector<floor_point> floors;
  std::size_t current = most_parts;
  for (const series_point& point : points) {
    const double share = length > 0 ? (static_cast<double>(point.at_ms) - begin) / length : 0;
    const auto part =
        std::min(parts - 1, static_cast<std::size_t>(share * static_cast<double>(parts)));
    const floor_point one{static_cast<double>(point.at_ms), static_cast<double>(point.work),
                          static_cast<double>(point.births), static_cast<double>(point.entries),
                          static_cast<double>(point.bytes)};
    if (part != current) {
      current = part;
      floors.push_back(one);
      continue;
    }
    floors.back().at_ms = one.at_ms;
    floors.back().work = one.work;
    floors.back().births = one.births;
    floors.back().entries = std::min(floors.back().entries, one.entries);
    floors.back().bytes = std::min(floors.back().bytes, one.bytes);
  }
  return floors;
}

using axis = double floor_point::*;

struct window {
  std::span<const floor_point> all;
  axis x;
  axis y;

  double rise() const { return all.back().*y - all.front().*y; }
  double length() const { return all.back().*x - all.front().*x; }
  double slope() const { return length() > 0 ? rise() / length() : 0; }

  // From where `share` of the axis has passed.
  window after(double share) const {
    const double from = all.front().*x + length() * share;
    std::size_t first = 0;
    while (first + 1 < all.size() && all[first].*x < from) {
      ++first;
    }
    return {all.subspan(first), x, y};
  }
};

// Largest fall from a height before.
double given_back(const window& in) {
  double highest = in.all.front().*in.y;
  double fall = 0;
  for (const floor_point& each : in.all) {
    highest = std::max(highest, each.*in.y);
    fall = std::max(fall, highest - each.*in.y);
  }
  return fall;
}

std::size_t rises_in(const window& in) {
  double highest = in.all.front().*in.y;
  std::size_t rises = 0;
  for (const floor_point& each : in.all) {
    rises += each.*in.y > highest ? 1 : 0;
    highest = std::max(highest, each.*in.y);
  }
  return rises;
}

// Median of the slopes between all pairs.
std::optional<double> median_slope(const window& in) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < in.all.size(); ++i) {
    for (std::size_t j = i + 1; j < in.all.size(); ++j) {
      const double length = in.all[j].*in.x - in.all[i].*in.x;
      if (length > 0) {
        slopes.push_back((in.all[j].*in.y - in.all[i].*in.y) / length);
      }
    }
  }
  if (slopes.empty()) {
    return std::nullopt;
  }
  const auto middle = slopes.begin() + static_cast<std::ptrdiff_t>(slopes.size() / 2);
  std::nth_element(slopes.begin(), middle, slopes.end());
  return *middle;
}

// That a rising trend is no chance: one-sided, by the normal approximation of Kendall's score.
double trend_confidence(const window& in) {
  double score = 0;
  for (std::size_t i = 0; i < in.all.size(); ++i) {
    for (std::size_t j = i + 1; j < in.all.size(); ++j) {
      const double step = in.all[j].*in.y - in.all[i].*in.y;
      score += step > 0 ? 1 : step < 0 ? -1 : 0;
    }
  }
  const auto n = static_cast<double>(in.all.size());
  const double deviation = std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  return 0.5 * std::erfc(-(score - 1) / deviation / std::sqrt(2.0));
}

struct finding_out {
  growth_verdict verdict = growth_verdict::undecided;
  double confidence = 0;
  const char* why = "";
};

// A block that doubles now and then: it has more than doubled since the warm-up, and did so in the
// second half. What grows steadily has doubled last there, but that may have come after the last
// sample.
bool doubles(const window& all) {
  const window late = all.after(1.0 / 3);
  const double begin = late.all.front().*late.y;
  const window half = all.after(0.4);
  double largest_step = 1;
  for (std::size_t i = 1; i < late.all.size(); ++i) {
    const double before = late.all[i - 1].*late.y;
    largest_step = std::max(largest_step, before > 0 ? late.all[i].*late.y / before : 1);
  }
  return begin > 0 && given_back(late) == 0 && largest_step >= doubling &&
         late.all.back().*late.y >= begin * doubling && half.rise() > 0 &&
         rises_in(all) >= least_doublings;
}

// Along one axis: time, or work.
finding_out look_along(std::span<const floor_point> floors, axis x, axis y, bool survivors) {
  const window all{floors, x, y};
  const window late = all.after(1.0 / 3);
  const window last = all.after(2.0 / 3);
  const double least =
      static_cast<double>(y == &floor_point::entries ? least_entries : least_bytes);
  const window born{late.all, x, &floor_point::births};
  const bool busy = y == &floor_point::entries && born.rise() > busy_turnover * late.rise();
  const double most_back = busy ? most_given_back_when_busy : most_given_back;
  if (late.rise() <= 0 || given_back(late) > most_back * late.rise()) {
    return {growth_verdict::not_growing, 1 - trend_confidence(late),
            late.rise() <= 0 ? "no larger than after the warm-up" : "gives back what it takes"};
  }
  if (y == &floor_point::bytes && doubles(all)) {
    return {growth_verdict::growing, confidence_of_doubling, "doubled again in the second half"};
  }
  if (last.slope() < least_last_slope * late.slope()) {
    return {growth_verdict::not_growing, least_confidence, "levelled off in the last third"};
  }
  if (survivors) {
    const window middle{late.all.first(late.all.size() - last.all.size() + 1), x, y};
    if (middle.slope() < least_first_slope * last.slope()) {
      return {growth_verdict::not_growing, least_confidence, "only young entries are left"};
    }
  }
  const double confidence = trend_confidence(late);
  // Of a short run the last third is a few points.
  const std::size_t steps =
      std::clamp<std::size_t>(last.all.size() - 1, least_rises_of_few, least_rises);
  if (late.all.size() < least_parts || rises_in(last) < steps || late.rise() < least ||
      confidence < (busy ? least_confidence_when_busy : least_confidence)) {
    return {growth_verdict::undecided, 0, "rises, but too little was seen of it"};
  }
  return {growth_verdict::growing, confidence, "rises to the end"};
}

model::growth judge(std::span<const series_point> points, bool survivors) {
  model::growth made;
  made.why = "fewer than three samples";
  if (points.size() < least_points) {
    return made;
  }
  const std::vector<floor_point> floors = floors_of(points);
  if (floors.size() < least_points) {
    return made;
  }
  const std::span<const floor_point> all(floors);
  const auto late_in = [all](axis x, axis y) { return window{all, x, y}.after(1.0 / 3); };
  // What stays one block, or a few, shows its growth in bytes.
  const window entries = late_in(&floor_point::at_ms, &floor_point::entries);
  const bool by_entries = std::abs(entries.rise()) >= static_cast<double>(least_entries);
  const axis y = by_entries ? &floor_point::entries : &floor_point::bytes;
  const finding_out by_time = look_along(all, &floor_point::at_ms, y, survivors);
  const finding_out by_work = look_along(all, &floor_point::work, y, survivors);
  made.verdict = by_time.verdict;
  made.confidence = by_time.confidence;
  made.why = by_time.why;
  if (by_time.verdict == growth_verdict::growing && by_work.verdict != growth_verdict::growing) {
    made.verdict = growth_verdict::undecided;
    made.confidence = 0;
    made.why = "by time it rises to the end, but not by the work done";
  } else if (by_time.verdict == growth_verdict::not_growing &&
             by_work.verdict == growth_verdict::growing) {
    made.verdict = growth_verdict::undecided;
    made.confidence = 0;
    made.why = "rose while the process worked, which it did not to the end";
  }
  const auto rate = [&](axis x, axis of, double scale) -> std::optional<double> {
    auto slope = median_slope(late_in(x, of));
    // Between the steps of what doubles nothing happens.
    if (slope && *slope == 0 && made.verdict == growth_verdict::growing) {
      slope = late_in(x, of).slope();
    }
    return slope ? std::optional(*slope * scale) : std::nullopt;
  };
  made.entries_per_s = rate(&floor_point::at_ms, &floor_point::entries, 1000);
  made.bytes_per_s = rate(&floor_point::at_ms, &floor_point::bytes, 1000);
  made.entries_per_million = rate(&floor_point::work, &floor_point::entries, 1e6);
  return made;
}

}  // namespace

model::growth judge_growth(std::span<const series_point> points) {
  return judge(points, false);
}

model::growth judge_survivors(std::span<const series_point> points) {
  return judge(points, true);
}

std::vector<model::growth_point> series_of(std::span<const series_point> points) {
  std::vector<model::growth_point> shown;
  const std::size_t stride =
      (points.size() + most_shown - 1) / std::max<std::size_t>(most_shown, 1);
  for (std::size_t i = 0; i < points.size(); ++i) {
    // Counted from the end: the last one is there.
    if ((points.size() - 1 - i) % std::max<std::size_t>(stride, 1) == 0) {
      shown.push_back({points[i].at_ms, points[i].entries, points[i].bytes});
    }
  }
  return shown;
}

}  // namespace track::analysis
