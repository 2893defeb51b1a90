// Without a collector: tracked objects alone.
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <thread>

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include <track/counted.hpp>
#include <track/gtest.hpp>
#include <track/leak_scope.hpp>

namespace {

struct thing : track::counted<thing, track::recorded::each> {
  int number = 0;
};

std::size_t objects_in(const track::leak_report& report) {
  std::size_t sum = 0;
  for (const track::leak_group& each : report.groups) {
    sum += each.count;
  }
  return sum;
}

TEST(LeakScope, clean_code_leaves_nothing) {
  track::leak_scope scope;
  { const thing one; }
  const auto left = scope.check();
  EXPECT_TRUE(left.empty());
  EXPECT_FALSE(left.judged);
}

TEST(LeakScope, what_is_alive_is_told_once) {
  track::leak_scope scope;
  const auto one = std::make_unique<thing>();
  const auto another = std::make_unique<thing>();
  const auto left = scope.check();
  ASSERT_EQ(left.groups.size(), 1u);
  EXPECT_EQ(left.groups[0].kind, track::leak_kind::object);
  EXPECT_EQ(left.groups[0].count, 2u);
  EXPECT_EQ(left.groups[0].bytes, 2 * sizeof(thing));
  EXPECT_NE(left.text().find("thing"), std::string::npos) << left.text();
  EXPECT_TRUE(scope.check().empty());
}

TEST(LeakScope, what_was_alive_before_is_not_told) {
  const thing before;
  track::leak_scope scope;
  EXPECT_TRUE(scope.check().empty());
}

TEST(LeakScope, outer_scope_tells_what_the_inner_one_did_not) {
  std::unique_ptr<thing> kept;
  std::unique_ptr<thing> told;
  track::leak_scope outer;
  {
    track::leak_scope inner;
    told = std::make_unique<thing>();
    EXPECT_EQ(objects_in(inner.check()), 1u);
    kept = std::make_unique<thing>();
  }
  EXPECT_EQ(objects_in(outer.check()), 1u);
}

TEST(LeakScope, other_threads_count) {
  track::leak_scope scope;
  std::unique_ptr<thing> made;
  std::thread([&made] { made = std::make_unique<thing>(); }).join();
  EXPECT_EQ(objects_in(scope.check()), 1u);
}

TEST(LeakScope, child_of_fork_checks_nothing) {
  track::leak_scope scope;
  const pid_t child = fork();
  if (child == 0) {
    const auto one = std::make_unique<thing>();
    track::leak_scope own;
    const auto two = std::make_unique<thing>();
    _exit(scope.check().empty() && own.check().empty() ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

std::vector<std::unique_ptr<thing>> kept_things;

TEST(LeakMacros, body_that_leaks_fails) {
  EXPECT_NONFATAL_FAILURE(
      { EXPECT_NO_LEAKS { kept_things.push_back(std::make_unique<thing>());
}
}  // namespace
,
      "Expected: no leaks");
}

TEST(LeakMacros, body_that_is_left_early_is_checked) {
  const auto leaves = [] {
    EXPECT_NO_LEAKS {
      kept_things.push_back(std::make_unique<thing>());
      return;
    }
  };
  EXPECT_NONFATAL_FAILURE(leaves(), "1 tracked object");
}

TEST(LeakMacros, body_that_throws_is_not_checked) {
  const auto throws = [] {
    EXPECT_NO_LEAKS {
      kept_things.push_back(std::make_unique<thing>());
      throw 7;
    }
  };
  EXPECT_THROW(throws(), int);
}

TEST(LeakMacros, growth_is_what_every_round_leaves) {
  int rounds = 0;
  EXPECT_NONFATAL_FAILURE(
      {
        EXPECT_NO_GROWTH(3) {
          kept_things.push_back(std::make_unique<thing>());
          ++rounds;
}
},
      "3 tracked objects");
EXPECT_EQ(rounds, 3);
}

TEST(LeakMacros, growth_ends_when_a_round_leaves_nothing) {
  int rounds = 0;
  EXPECT_NO_GROWTH(5) {
    if (rounds++ < 2) {
      kept_things.push_back(std::make_unique<thing>());
    }
  }
  EXPECT_EQ(rounds, 3);
}

TEST(LeakRounds, different_leaks_are_no_growth) {
  track::leak_report one;
  one.groups.push_back({.count = 1, .bytes = 8, .stack = track::call_stack(1, 1)});
  track::leak_report other;
  other.groups.push_back({.count = 1, .bytes = 8, .stack = track::call_stack(2, 1)});
  track::leak_rounds seen;
  EXPECT_FALSE(seen.stable());
  seen.add(one);
  EXPECT_FALSE(seen.stable());
  seen.add(other);
  EXPECT_TRUE(seen.stable());
  EXPECT_TRUE(seen.grown().empty());
}

TEST(LeakRounds, rounds_are_summed) {
  track::leak_report round;
  round.groups.push_back({.count = 2, .bytes = 8, .stack = track::call_stack(1, 1)});
  round.other_blocks = 3;
  round.other_bytes = 30;
  track::leak_rounds seen;
  for (int i = 0; i < 3; ++i) {
    seen.add(round);
  }
  ASSERT_EQ(seen.grown().groups.size(), 1u);
  EXPECT_EQ(seen.grown().groups[0].count, 6u);
  EXPECT_EQ(seen.grown().other_bytes, 90u);
}

}  // namespace
