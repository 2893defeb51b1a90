#include <string>

#include <gtest/gtest.h>

#include "tests/unit/frameworks/judge.hpp"
#include <track/detail/test_watch.hpp>

namespace {

using frameworks::answers;
using frameworks::lost;
using frameworks::no_answer;
using frameworks::nothing;
using track::detail::test_watch;

bool has(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// Of a run with one suite of two tests: the texts of both, of the suite and of the environment.
struct run_texts {
  std::string first, second, suite, environment;
};
run_texts one_run(test_watch& watch) {
  run_texts texts;
  watch.begin_environment();
  watch.environment_is_set_up();
  watch.begin_suite("S");
  watch.begin_test("S.first");
  texts.first = watch.end_test();
  watch.begin_test("S.second");
  texts.second = watch.end_test();
  texts.suite = watch.end_suite();
  texts.environment = watch.end_environment();
  return texts;
}
// Its verdicts, after the one of begin_run: environments set up, suite set up, first, second, suite
// torn down, environments torn down.
enum when { environment_up, suite_up, first, second, suite_down, environment_down, verdicts };

std::deque<frameworks::answer> all_but(when which, frameworks::answer told) {
  std::deque<frameworks::answer> all(verdicts, nothing());
  all[which] = told;
  return all;
}

class TestWatch : public testing::Test {
 protected:
  void SetUp() override { answers.clear(); }
};

TEST_F(TestWatch, what_is_lost_belongs_to_the_innermost_window) {
  for (int place = 0; place < verdicts; ++place) {
    test_watch watch;
    answers = {nothing()};
    watch.begin_run();
    answers = all_but(static_cast<when>(place), lost(1, 10));
    const run_texts texts = one_run(watch);
    EXPECT_TRUE(answers.empty());
    EXPECT_EQ(texts.first.empty(), place != first) << place;
    EXPECT_EQ(texts.second.empty(), place != second) << place;
    EXPECT_EQ(texts.suite.empty(), place != suite_up && place != suite_down) << place;
    EXPECT_EQ(texts.environment.empty(), place != environment_up && place != environment_down)
        << place;
  }
}

TEST_F(TestWatch, text_names_the_window) {
  test_watch watch;
  answers = {nothing()};
  watch.begin_run();
  answers = all_but(first, lost(1, 10));
  EXPECT_TRUE(has(one_run(watch).first, "S.first leaks: 1 block, 10 bytes lost"));
  answers = all_but(suite_up, lost(1, 10));
  EXPECT_TRUE(has(one_run(watch).suite, "S leaks in what it sets up or tears down: "));
}

TEST_F(TestWatch, rounds_are_told_in_the_last) {
  test_watch watch;
  answers = {nothing()};
  watch.begin_run(3);
  for (unsigned round = 0; round < 3; ++round) {
    watch.begin_round(round);
    answers = all_but(first, lost(1, 10));
    if (round == 1) {
      answers[second] = lost(1, 20);
    }
    const run_texts texts = one_run(watch);
    EXPECT_EQ(texts.first.empty(), round != 2);
    EXPECT_TRUE(texts.second.empty());
    if (round == 2) {
      EXPECT_TRUE(has(texts.first, "in each of 3 rounds: 3 blocks, 30 bytes lost")) << texts.first;
    }
  }
}

TEST_F(TestWatch, tests_that_were_not_judged_are_counted_at_the_end) {
  test_watch watch;
  answers = {nothing()};
  watch.begin_run();
  answers = all_but(second, no_answer());
  one_run(watch);
  testing::internal::CaptureStderr();
  watch.end_run();
  EXPECT_TRUE(has(testing::internal::GetCapturedStderr(), "in 1 test or suite"));
}

TEST_F(TestWatch, end_without_a_beginning_says_nothing) {
  test_watch watch;
  EXPECT_EQ(watch.end_test(), "");
  EXPECT_EQ(watch.end_suite(), "");
  EXPECT_EQ(watch.end_environment(), "");
}

TEST_F(TestWatch, rounds_come_from_the_environment) {
  const auto with = [](const char* value) {
    setenv("LIBTRACK_TEST_ROUNDS", value, 1);
    return track::detail::rounds_of_environment("LIBTRACK_TEST_ROUNDS");
  };
  EXPECT_EQ(with("5"), 5u);
  EXPECT_EQ(with("0"), 1u);
  EXPECT_EQ(with("x"), 1u);
  unsetenv("LIBTRACK_TEST_ROUNDS");
  EXPECT_EQ(track::detail::rounds_of_environment("LIBTRACK_TEST_ROUNDS"), 1u);
}

}  // namespace
