// The registry while everybody uses it at once; made for ThreadSanitizer.
#include <array>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <track/allocator.hpp>
#include <track/counted.hpp>
#include <track/hook.hpp>
#include <track/make_shared.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>

using namespace std::chrono_literals;

namespace {

constexpr int threads = 4;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr int rounds = 2'000;
#else
constexpr int rounds = 20'000;
#endif

struct payload {
  std::array<int, 4> numbers{};
};

template <class F>
void run_together(int count, F body) {
  std::barrier start(count);
  std::vector<std::thread> all;
  for (int i = 0; i < count; ++i) {
    all.emplace_back([&, i] {
      start.arrive_and_wait();
      body(i);
    });
  }
  for (auto& each : all) {
    each.join();
  }
}

// Lets two threads go on within nanoseconds, where std::barrier wakes one of them late.
class meeting {
 public:
  void arrive_and_wait() {
    const int next = round_.load(std::memory_order_relaxed) + 1;
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) == 1) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.store(next, std::memory_order_release);
      return;
    }
    for (int turns = 0; round_.load(std::memory_order_acquire) != next; ++turns) {
      if (turns > 1000) {
        std::this_thread::yield();
      }
    }
  }

 private:
  std::atomic<int> arrived_{0};
  std::atomic<int> round_{0};
};

TEST(RegistryRace, makers_and_readers) {
  const std::uint64_t begin = track::mark();
  std::atomic<bool> reading{true};
  std::size_t seen_alive = 0;
  std::atomic<std::size_t> made{0};
  run_together(threads + 1, [&](int who) {
    if (who == threads) {
      for (int look = 0; look < rounds / 50 || seen_alive == 0; ++look) {
        for (const auto& each : track::survivors({.since = begin})) {
          EXPECT_TRUE(each.alive);
          EXPECT_EQ(each.label, "racing");
          EXPECT_EQ(each.tag, "tag");
          EXPECT_EQ(each.size_bytes, sizeof(payload));
          ++seen_alive;
        }
      }
      reading.store(false);
      return;
    }
    const track::scope tag{"tag"};
    std::minstd_rand random(static_cast<unsigned>(who) + 1);
    std::array<std::shared_ptr<payload>, 50> kept;
    while (reading.load()) {
      auto& place = kept[random() % kept.size()];
      place = track::make_shared<payload>();
      track::watch(place, "racing");
      made.fetch_add(1, std::memory_order_relaxed);
    }
  });
  EXPECT_GT(seen_alive, 0u);
  EXPECT_GT(made.load(), 0u);
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

TEST(RegistryRace, blocks_freed_by_other_threads) {
  const std::uint64_t begin = track::mark();
  std::array<std::atomic<int*>, 64> shared{};
  std::atomic<std::size_t> freed_elsewhere{0};
  run_together(threads, [&](int who) {
    track::allocator<int> allocator;
    std::minstd_rand random(static_cast<unsigned>(who) + 7);
    for (int i = 0; i < rounds; ++i) {
      int* const block = allocator.allocate(2);
      block[0] = who;
      if (int* const old = shared[random() % shared.size()].exchange(block)) {
        freed_elsewhere.fetch_add(old[0] != who, std::memory_order_relaxed);
        allocator.deallocate(old, 2);
      }
    }
  });
  EXPECT_GT(freed_elsewhere.load(), 0u);
  std::size_t left = 0;
  for (auto& each : shared) {
    left += each.load() != nullptr;
  }
  EXPECT_EQ(track::survivors({.since = begin}).size(), left);
  for (auto& each : shared) {
    if (int* const block = each.load()) {
      track::allocator<int>().deallocate(block, 2);
    }
  }
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

// Two threads, one of which ends objects from the first to the last while `act` is called on their
// handles from the last to the first. Whoever comes last to a meeting goes on first, on a loaded
// machine with all it has to do: every second round has two meetings, so that both are first.
template <class Act, class Check>
void end_against(Act act, Check check) {
  std::array<std::shared_ptr<payload>, 16> objects;
  std::array<track::watch_handle, 16> handles;
  meeting meet;
  const auto start = [&](int round) {
    meet.arrive_and_wait();
    if (round % 2 == 1) {
      meet.arrive_and_wait();
    }
  };
  std::thread ender([&] {
    for (int round = 0; round < rounds / 10; ++round) {
      start(round);
      for (auto& object : objects) {
        object.reset();
      }
      meet.arrive_and_wait();
    }
  });
  for (int round = 0; round < rounds / 10; ++round) {
    for (std::size_t i = 0; i < objects.size(); ++i) {
      objects[i] = track::make_shared<payload>();
      handles[i] = track::watch(objects[i]);
    }
    start(round);
    for (auto handle = handles.rbegin(); handle != handles.rend(); ++handle) {
      act(*handle);
    }
    meet.arrive_and_wait();
    for (auto& handle : handles) {
      check(handle);
    }
  }
  ender.join();
}

TEST(RegistryRace, death_against_forget) {
  const std::uint64_t begin = track::mark();
  std::size_t forgotten = 0, died = 0;
  end_against([&](track::watch_handle& handle) { handle.forget() ? ++forgotten : ++died; },
              [](track::watch_handle& handle) { EXPECT_FALSE(handle.recorded()); });
  EXPECT_GT(forgotten, 0u);
  EXPECT_GT(died, 0u);
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

// The record is gone, or is there and dead.
TEST(RegistryRace, death_against_detach) {
  const std::uint64_t begin = track::mark();
  std::size_t detached = 0, too_late = 0, left = 0;
  end_against([&](track::watch_handle& handle) { handle.detach() ? ++detached : ++too_late; },
              [&](track::watch_handle& handle) {
                if (!handle.recorded()) {
                  return;
                }
                ++left;
                for (const auto& each :
                     track::survivors({.since = handle.serial(), .before = handle.serial() + 1})) {
                  EXPECT_FALSE(each.alive);
                }
                EXPECT_TRUE(handle.forget());
              });
  EXPECT_EQ(left, detached);
  EXPECT_GT(detached, 0u);
  EXPECT_GT(too_late, 0u);
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

TEST(RegistryRace, hooked_objects_die_while_they_are_read) {
  const std::uint64_t begin = track::mark();
  std::atomic<bool> done{false};
  std::thread reader([&] {
    while (!done.load()) {
      static_cast<void>(track::survivors({.since = begin}));
    }
  });
  run_together(threads - 1, [&](int) {
    for (int i = 0; i < rounds / 4; ++i) {
      track::tracked<payload> object;
      track::watch(object);
    }
  });
  done.store(true);
  reader.join();
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

TEST(RegistryRace, switches_marks_tests_and_expectations_meanwhile) {
  const std::uint64_t begin = track::mark();
  std::atomic<int> working{threads - 1};
  run_together(threads, [&](int who) {
    if (who == 0) {
      std::uint64_t last = 0;
      for (unsigned i = 0; working.load() != 0; ++i) {
        track::set_tracking(i % 4 != 0);
        track::set_stack_sampling(i % 3 == 0 ? 0 : 50);
        track::set_test(i % 2 == 0 ? "even" : "odd");
        const std::uint64_t now = track::mark();
        ASSERT_GE(now, last);
        last = now;
      }
      track::set_tracking(true);
      return;
    }
    for (int i = 0; i < rounds; ++i) {
      const auto object = track::make_shared<payload>();
      track::watch_handle handle = track::watch(object);
      handle.expect_gone(0ms);
      const track::scope tag{i % 2 == 0 ? "a" : "b"};
      const auto block = std::allocate_shared<payload>(track::allocator<payload>());
    }
    working.fetch_sub(1);
  });
  track::set_test({});
  track::set_stack_sampling(64);
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

struct instance : track::counted<instance, track::recorded::each> {};

TEST(RegistryRace, instances_are_counted_by_all) {
  const std::uint64_t begin = track::mark();
  std::array<std::atomic<instance*>, 16> shared{};
  run_together(threads, [&](int who) {
    for (int i = 0; i < rounds; ++i) {
      delete shared[static_cast<std::size_t>(i + who) % shared.size()].exchange(new instance);
    }
  });
  EXPECT_EQ(instance::live(), shared.size());
  EXPECT_EQ(track::survivors({.since = begin}).size(), shared.size());
  for (auto& each : shared) {
    delete each.load();
  }
  EXPECT_EQ(instance::live(), 0u);
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

}  // namespace
