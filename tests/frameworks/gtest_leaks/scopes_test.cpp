#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/frameworks/lose.hpp"

using namespace frameworks;
#include <track/gtest.hpp>

// Children die with all that they have.
TEST(ProcessesDeathTest, leaks_in_the_parent) {
  EXPECT_DEATH(
      {
        lose_by_new();
        std::abort();
      },
      "");
  lose_by_malloc();
}
TEST(ProcessesDeathTest, child_dies_with_a_block) {
  EXPECT_DEATH(
      {
        lose_by_new();
        std::abort();
      },
      "");
}
TEST(ProcessesDeathTest, child_dies_with_an_object) {
  EXPECT_EXIT(
      {
        keep_session();
        std::_Exit(3);
      },
      testing::ExitedWithCode(3), "");
}
TEST(ProcessesDeathTest, child_is_started_anew) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        lose_cycle();
        std::_Exit(3);
      },
      testing::ExitedWithCode(3), "");
}
TEST(ProcessesDeathTest, child_has_a_scope) {
  EXPECT_EXIT(
      {
        track::leak_scope scope;
        keep_session();
        std::_Exit(scope.check().empty() ? 3 : 4);
      },
      testing::ExitedWithCode(3), "");
}
TEST(Processes, child_of_fork_ends) {
  const pid_t child = fork();
  if (child == 0) {
    lose_by_new();
    _exit(0);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST(Scopes, leaks_inside_a_scope) {
  const auto before = std::make_unique<int>(7);
  EXPECT_NO_LEAKS {
    lose_array();
  }
}
TEST(Scopes, body_runs_once_and_frees) {
  int times = 0;
  EXPECT_NO_LEAKS {
    const auto one = track::make_shared<session>();
    track::watch(one, "inside");
    ++times;
  }
  EXPECT_EQ(times, 1);
}
TEST(Scopes, object_from_before_is_not_told) {
  const ticket before;
  EXPECT_NO_LEAKS {
    use(nullptr);
  }
}
TEST(Scopes, one_inside_another) {
  EXPECT_NO_LEAKS {
    EXPECT_NO_LEAKS {
      use(std::make_unique<int>(7).get());
    }
  }
}

TEST(Rounds, leaks_in_every_round) {
  EXPECT_NO_GROWTH(4) {
    lose_container();
  }
}
TEST(Rounds, clean_body_runs_once) {
  int times = 0;
  EXPECT_NO_GROWTH(4) {
    ++times;
  }
  EXPECT_EQ(times, 1);
}
TEST(Rounds, builds_an_object_once) {
  EXPECT_NO_GROWTH(4) {
    static const auto* const once = new ticket;
    EXPECT_EQ(once->number, 0);
  }
}

// Told unless it is run repeatedly.
TEST(Once, DISABLED_builds_an_object) {
  static const auto* const once = new ticket;
  EXPECT_EQ(once->number, 0);
}
