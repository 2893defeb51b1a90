#include "libtrack/runtime/thread_state.hpp"

#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/base/relaxed.hpp"

namespace track::runtime {
namespace {

TEST(thread_state, a_thread_keeps_its_state) {
  thread_state* mine = acquire_thread_state();
  ASSERT_NE(mine, nullptr);
  EXPECT_EQ(acquire_thread_state(), mine);
  EXPECT_EQ(this_thread, mine);
}

TEST(thread_state, a_thousand_short_threads_share_few_states) {
  std::set<thread_state*> states;
  for (int i = 0; i < 1000; ++i) {
    std::thread([&states] { states.insert(acquire_thread_state()); }).join();
  }
  EXPECT_LE(states.size(), 64u);
}

TEST(thread_state, living_threads_have_states_of_their_own) {
  constexpr unsigned count = 40;
  std::vector<thread_state*> states(count);
  std::vector<std::thread> threads;
  std::atomic<unsigned> ready{0};
  for (unsigned i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      states[i] = acquire_thread_state();
      ++ready;
      while (ready != count) {
        std::this_thread::yield();
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(std::set<thread_state*>(states.begin(), states.end()).size(), count);
}

TEST(wait_until_quiet, waits_for_a_thread_inside_a_hook) {
  std::atomic<bool> inside{false};
  std::atomic<bool> asked{false};
  std::thread other([&] {
    thread_state* state = acquire_thread_state();
    store_relaxed(state->busy, std::uintptr_t{1});
    inside = true;
    while (!asked) {
      std::this_thread::yield();
    }
    store_relaxed(state->busy, std::uintptr_t{0});
  });
  while (!inside) {
    std::this_thread::yield();
  }
  asked = true;
  EXPECT_TRUE(wait_until_quiet());
  other.join();
}

}  // namespace
}  // namespace track::runtime
