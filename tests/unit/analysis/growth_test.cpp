#include "libtrack/analysis/growth.hpp"

#include <bit>
#include <functional>
#include <random>

#include <gtest/gtest.h>

namespace track::analysis {
namespace {

using model::growth_verdict;

constexpr std::uint64_t apart_ms = 100;
constexpr std::uint64_t work_a_point = 1000;

// A run of `count` samples; the process works evenly.
std::vector<series_point> run_of(std::size_t count,
                                 const std::function<std::int64_t(std::size_t)>& entries,
                                 std::int64_t bytes_each = 64) {
  std::vector<series_point> points;
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t size = entries(i);
    points.push_back({(i + 1) * apart_ms, (i + 1) * work_a_point,
                      static_cast<std::uint64_t>(std::max<std::int64_t>(size, 0)), size,
                      size * bytes_each});
  }
  return points;
}

growth_verdict verdict_of(std::size_t count, const std::function<std::int64_t(std::size_t)>& of) {
  return judge_growth(run_of(count, of)).verdict;
}

TEST(growth, under_three_samples_nothing_is_decided) {
  EXPECT_EQ(judge_growth({}).verdict, growth_verdict::undecided);
  for (const std::size_t count : {1, 2}) {
    const auto growth =
        judge_growth(run_of(count, [](std::size_t i) { return std::int64_t(i) * 1000; }));
    EXPECT_EQ(growth.verdict, growth_verdict::undecided);
    EXPECT_EQ(growth.confidence, 0);
    EXPECT_FALSE(growth.entries_per_s);
  }
}

TEST(growth, steady_rise_grows_with_its_rates) {
  const auto growth = judge_growth(run_of(60, [](std::size_t i) { return std::int64_t(i) * 7; }));
  EXPECT_EQ(growth.verdict, growth_verdict::growing);
  EXPECT_GT(growth.confidence, 0.99);
  EXPECT_NEAR(*growth.entries_per_s, 70, 0.001);
  EXPECT_NEAR(*growth.bytes_per_s, 70 * 64, 0.1);
  EXPECT_NEAR(*growth.entries_per_million, 7000, 0.1);
}

TEST(growth, what_is_flat_or_falls_does_not) {
  EXPECT_EQ(verdict_of(60, [](std::size_t) { return 500; }), growth_verdict::not_growing);
  EXPECT_EQ(verdict_of(60, [](std::size_t i) { return 5000 - std::int64_t(i); }),
            growth_verdict::not_growing);
}

TEST(growth, warm_up_then_plateau_does_not) {
  for (const std::size_t warm : {3, 10, 20, 35}) {
    EXPECT_EQ(verdict_of(60,
                         [warm](std::size_t i) {
                           return std::int64_t(std::min(i, warm)) * 100 + std::int64_t(i % 3);
                         }),
              growth_verdict::not_growing)
        << warm;
  }
}

TEST(growth, stopping_half_way_does_not) {
  EXPECT_EQ(
      verdict_of(60, [](std::size_t i) { return std::int64_t(std::min<std::size_t>(i, 30)); }),
      growth_verdict::not_growing);
}

TEST(growth, batches_and_sawtooths_do_not_whatever_their_beat) {
  for (std::size_t period = 2; period <= 18; ++period) {
    EXPECT_NE(verdict_of(60, [period](std::size_t i) { return std::int64_t(i % period) * 200; }),
              growth_verdict::growing)
        << period;
  }
}

TEST(growth, chance_does_not) {
  std::mt19937 random(7);
  for (int run = 0; run < 300; ++run) {
    auto points = run_of(60, [&random](std::size_t) { return std::int64_t(random() % 1000); });
    std::uint64_t births = 0;
    for (series_point& point : points) {
      point.births = births += 1000;
    }
    EXPECT_NE(judge_growth(points).verdict, growth_verdict::growing) << run;
  }
}

TEST(growth, slow_leak_below_much_that_comes_and_goes_does) {
  std::mt19937 random(3);
  EXPECT_EQ(verdict_of(120,
                       [&random](std::size_t i) {
                         return std::int64_t(i) * 4 + std::int64_t(random() % 40);
                       }),
            growth_verdict::growing);
}

TEST(growth, one_block_that_doubles_grows_by_its_bytes) {
  std::vector<series_point> points;
  for (std::size_t i = 0; i < 60; ++i) {
    const auto needed = static_cast<std::uint64_t>(i + 1) * 3000;
    points.push_back({(i + 1) * apart_ms, (i + 1) * work_a_point, 1, 1,
                      static_cast<std::int64_t>(std::bit_ceil(needed))});
  }
  const auto growth = judge_growth(points);
  EXPECT_EQ(growth.verdict, growth_verdict::growing);
  EXPECT_LT(growth.confidence, 0.9) << "a few steps are weaker evidence";
  for (std::size_t i = 20; i < 60; ++i) {
    points[i].bytes = points[20].bytes;
  }
  EXPECT_EQ(judge_growth(points).verdict, growth_verdict::not_growing);
}

TEST(growth, time_and_work_must_agree) {
  // All of it at the start, then hardly any work: by work it rises to the end.
  std::vector<series_point> points;
  for (std::size_t i = 0; i < 60; ++i) {
    const std::uint64_t done = std::min<std::size_t>(i, 30);
    points.push_back({(i + 1) * apart_ms, done * work_a_point + i, done * 10,
                      static_cast<std::int64_t>(done * 10), static_cast<std::int64_t>(done * 640)});
  }
  const auto growth = judge_growth(points);
  EXPECT_EQ(growth.verdict, growth_verdict::undecided);
  EXPECT_NE(growth.why.find("worked"), std::string::npos);
}

TEST(growth, survivors_of_a_bounded_cache_are_young) {
  const auto young =
      run_of(60, [](std::size_t i) { return std::int64_t(i < 50 ? 0 : i - 50) * 20; });
  EXPECT_EQ(judge_survivors(young).verdict, growth_verdict::not_growing);
  const auto all = run_of(60, [](std::size_t i) { return std::int64_t(i) * 20; });
  EXPECT_EQ(judge_survivors(all).verdict, growth_verdict::growing);
}

TEST(growth, wild_numbers_are_no_trouble) {
  std::mt19937_64 random(1);
  for (int run = 0; run < 200; ++run) {
    std::vector<series_point> points(random() % 40);
    for (series_point& point : points) {
      point = {random() >> (random() % 64), random() >> (random() % 64), random(),
               static_cast<std::int64_t>(random()), static_cast<std::int64_t>(random())};
    }
    const auto growth = judge_growth(points);
    EXPECT_GE(growth.confidence, 0);
    EXPECT_LE(growth.confidence, 1);
    static_cast<void>(judge_survivors(points));
  }
}

TEST(growth, series_for_a_report_keeps_the_last_point) {
  for (const std::size_t count : {0, 1, 5, 31, 32, 33, 127}) {
    const auto points = run_of(count, [](std::size_t i) { return std::int64_t(i); });
    const auto shown = series_of(points);
    EXPECT_LE(shown.size(), 32u);
    EXPECT_EQ(shown.empty(), points.empty());
    if (!points.empty()) {
      EXPECT_EQ(shown.back().at_ms, points.back().at_ms);
      EXPECT_EQ(shown.back().entries, points.back().entries);
    }
  }
}

}  // namespace
}  // namespace track::analysis
