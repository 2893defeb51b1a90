#include <gtest/gtest.h>

#include "tests/unit/frameworks/judge.hpp"
#include <track/leak_scope.hpp>

namespace {

using frameworks::answers;
using frameworks::lost;
using frameworks::no_answer;
using frameworks::nothing;

class JudgedScope : public testing::Test {
 protected:
  void SetUp() override {
    answers.clear();
    frameworks::asked = 0;
  }
};

TEST_F(JudgedScope, both_ends_are_judged) {
  answers = {nothing(), lost(2, 48)};
  track::leak_scope scope;
  const auto left = scope.check();
  EXPECT_EQ(frameworks::asked, 2);
  EXPECT_TRUE(left.judged);
  ASSERT_EQ(left.groups.size(), 1u);
  EXPECT_EQ(left.groups[0].kind, track::leak_kind::lost);
  EXPECT_EQ(left.text().find("2 blocks, 48 bytes lost"), 0u) << left.text();
}

TEST_F(JudgedScope, what_was_lost_before_is_of_the_scope_around) {
  answers = {nothing(), lost(1, 10), lost(2, 20), nothing()};
  track::leak_scope outer;
  {
    track::leak_scope inner;
    EXPECT_EQ(inner.check().groups.at(0).bytes, 20u);
  }
  EXPECT_EQ(outer.check().groups.at(0).bytes, 10u);
}

TEST_F(JudgedScope, what_was_not_told_goes_to_the_scope_around) {
  answers = {nothing(), nothing(), nothing(), lost(1, 10), nothing()};
  track::leak_scope outer;
  {
    const track::leak_scope middle;
    { const track::leak_scope inner; }
    const track::leak_scope last;
  }
  EXPECT_EQ(outer.check().groups.at(0).bytes, 10u);
}

TEST_F(JudgedScope, sites_beyond_those_told_are_counted) {
  auto verdict = lost(1, 10);
  verdict.verdict.lost_blocks = 5;
  verdict.verdict.lost_bytes = 100;
  answers = {nothing(), verdict};
  track::leak_scope scope;
  const auto left = scope.check();
  EXPECT_EQ(left.other_blocks, 4u);
  EXPECT_EQ(left.other_bytes, 90u);
  EXPECT_NE(left.text().find("5 blocks, 100 bytes lost"), std::string::npos) << left.text();
}

TEST_F(JudgedScope, cycles_are_told_as_such) {
  answers = {nothing(), lost(2, 96, true)};
  track::leak_scope scope;
  const auto left = scope.check();
  EXPECT_EQ(left.groups.at(0).kind, track::leak_kind::cycle);
  EXPECT_NE(left.text().find("(1 reference cycle)"), std::string::npos) << left.text();
}

TEST_F(JudgedScope, no_answer_is_no_verdict) {
  answers = {nothing(), no_answer(), lost(1, 10)};
  track::leak_scope scope;
  EXPECT_FALSE(scope.check().judged);
  EXPECT_TRUE(scope.check().judged);
}

TEST_F(JudgedScope, threads_asleep_are_said_once) {
  auto skewed = nothing();
  skewed.verdict.skewed = 1;
  answers = {nothing(), skewed, skewed};
  testing::internal::CaptureStderr();
  track::leak_scope scope;
  EXPECT_TRUE(scope.check().skewed);
  EXPECT_TRUE(scope.check().empty());
  const std::string said = testing::internal::GetCapturedStderr();
  const auto first = said.find("threads are asleep");
  EXPECT_NE(first, std::string::npos);
  EXPECT_EQ(said.find("threads are asleep", first + 1), std::string::npos);
}

TEST_F(JudgedScope, repeating_stops_when_nothing_grows) {
  answers = {nothing(), lost(1, 10), nothing(), nothing()};
  int rounds = 0;
  EXPECT_TRUE(track::repeat_until_stable(9, [&] { ++rounds; }).empty());
  EXPECT_EQ(rounds, 2);
}

TEST_F(JudgedScope, repeating_tells_what_grows) {
  for (int i = 0; i < 3; ++i) {
    answers.push_back(nothing());
    answers.push_back(lost(1, 10));
  }
  const auto grown = track::repeat_until_stable(3, [] {});
  ASSERT_EQ(grown.groups.size(), 1u);
  EXPECT_EQ(grown.groups[0].bytes, 30u);
}

TEST_F(JudgedScope, repeating_tells_what_is_held_and_grows) {
  int rounds = 0;
  const auto grown = track::repeat_until_stable(3, [&] {
    ++rounds;
    frameworks::live_blocks += 2;
    frameworks::live_bytes += 64;
  });
  EXPECT_EQ(rounds, 3);
  ASSERT_EQ(grown.groups.size(), 1u);
  EXPECT_EQ(grown.groups[0].kind, track::leak_kind::held);
  EXPECT_EQ(grown.groups[0].count, 6u);
  EXPECT_EQ(grown.text().find("6 blocks, 192 bytes more held"), 0u) << grown.text();
}

TEST_F(JudgedScope, what_is_built_once_is_no_growth) {
  int rounds = 0;
  const auto grown = track::repeat_until_stable(9, [&] {
    if (rounds++ == 0) {
      frameworks::live_bytes += 64;
    }
  });
  EXPECT_TRUE(grown.empty());
  EXPECT_EQ(rounds, 2);
}

TEST_F(JudgedScope, lost_blocks_are_not_held_as_well) {
  for (int i = 0; i < 3; ++i) {
    answers.push_back(nothing());
    answers.push_back(lost(1, 10));
  }
  const auto grown = track::repeat_until_stable(3, [] {
    frameworks::live_blocks += 1;
    frameworks::live_bytes += 10;
  });
  ASSERT_EQ(grown.groups.size(), 1u);
  EXPECT_EQ(grown.groups[0].kind, track::leak_kind::lost);
}

}  // namespace
