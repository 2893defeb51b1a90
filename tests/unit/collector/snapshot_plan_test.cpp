#include "tools/collector/snapshot_plan.hpp"

#include <gtest/gtest.h>

namespace track::tools {
namespace {

constexpr std::int64_t mib = 1 << 20;

TEST(snapshot_rule, is_a_word_or_a_duration) {
  EXPECT_EQ(parse_snapshot_rule("auto")->when, snapshot_options::rule::automatic);
  EXPECT_EQ(parse_snapshot_rule("never")->when, snapshot_options::rule::never);
  EXPECT_EQ(parse_snapshot_rule("5m")->interval_ms, 300'000u);
  for (const char* wrong : {"", "0s", "often", "5"}) {
    const auto rule = parse_snapshot_rule(wrong);
    ASSERT_FALSE(rule) << wrong;
    EXPECT_EQ(rule.failure().code, error_code::usage);
  }
}

TEST(snapshot_plan, an_interval_is_kept_and_what_was_missed_is_not_made_up_for) {
  snapshot_plan plan({snapshot_options::rule::interval, 2000}, 100);
  EXPECT_FALSE(plan.is_due(2099, mib));
  EXPECT_TRUE(plan.is_due(2100, mib));
  plan.note_asked(2100, mib);
  EXPECT_FALSE(plan.is_due(4099, mib));
  EXPECT_TRUE(plan.is_due(9000, mib));
  plan.note_asked(9000, mib);
  EXPECT_TRUE(plan.is_due(9001, mib)) << "one that is late";
  plan.note_asked(9001, mib);
  plan.note_asked(9002, mib);
  EXPECT_FALSE(plan.is_due(9900, mib));
}

TEST(snapshot_plan, never_is_never) {
  snapshot_plan plan({snapshot_options::rule::never, 0}, 0);
  EXPECT_FALSE(plan.is_due(~std::uint64_t{0} - 1, mib));
}

TEST(snapshot_plan, automatic_ones_wait_for_the_heap_to_grow_by_half) {
  snapshot_plan plan({}, 0);
  EXPECT_FALSE(plan.is_due(9'999, 100 * mib));
  EXPECT_TRUE(plan.is_due(10'000, 100 * mib));
  plan.note_asked(10'000, 100 * mib);
  EXPECT_FALSE(plan.is_due(19'999, 1000 * mib)) << "closer than 10 s";
  EXPECT_FALSE(plan.is_due(20'000, 149 * mib));
  EXPECT_FALSE(plan.is_due(20'100, 150 * mib)) << "looked at a moment ago";
  EXPECT_TRUE(plan.is_due(21'000, 150 * mib));
}

TEST(snapshot_plan, there_are_eight_at_most) {
  snapshot_plan plan({}, 0);
  std::uint64_t now = 0;
  std::int64_t bytes = 64;
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    now += 10'000;
    bytes = bytes * 3 / 2 + 1;
    if (plan.is_due(now, std::min(bytes, mib))) {
      plan.note_asked(now, bytes < mib ? bytes : 0);
      ++taken;
    }
  }
  EXPECT_EQ(taken, 8);
}

TEST(snapshot_plan, together_they_take_one_percent_of_the_run) {
  snapshot_plan plan({}, 0);
  ASSERT_TRUE(plan.is_due(10'000, mib));
  plan.note_asked(10'000, mib);
  plan.note_pause(90'000);
  EXPECT_FALSE(plan.is_due(17'900, 2 * mib));
  EXPECT_TRUE(plan.is_due(20'000, 2 * mib)) << "180 ms of 20 s";
  plan.note_asked(20'000, 2 * mib);
  plan.note_pause(150'000);
  EXPECT_FALSE(plan.is_due(31'000, 4 * mib)) << "390 ms of 31 s";
  EXPECT_TRUE(plan.is_due(39'000, 4 * mib));
}

TEST(snapshot_plan, a_heap_that_takes_long_is_not_touched_early) {
  snapshot_plan plan({}, 0);
  const std::int64_t four_gib = 4096 * mib;
  EXPECT_FALSE(plan.is_due(15'000, four_gib)) << "160 ms expected";
  EXPECT_TRUE(plan.is_due(16'000, four_gib));
}

}  // namespace
}  // namespace track::tools
