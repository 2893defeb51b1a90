// Races, started together and counted: both ways must have happened, else the test shows nothing.
// Rows R01, R05, R09, R42; guarantees T1 and T4. Meant for ThreadSanitizer too.
#include <array>
#include <atomic>
#include <barrier>
#include <cstdint>
#include <latch>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/objects.hpp"
#include <track/finalize.hpp>
#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace {

using objects::point;
using track::dead_ref;
using track::weak_ref;

constexpr int max_rounds = 200'000;

void delay(int steps) {
  for (; steps > 0; --steps) {
    std::atomic_signal_fence(std::memory_order_seq_cst);
  }
}

// Rounds of two threads that meet, then go on shifted against each other by a little, until
// `enough`. setup() and settle() run between rounds, on the thread of a().
template <class Setup, class A, class B, class Settle, class Enough>
void race(Setup setup, A a, B b, Settle settle, Enough enough) {
  bool stop = false;
  int number = 0;
  std::atomic<int> met{0};
  std::barrier start(2);
  std::barrier end(2);
  const auto meet = [&](int shift) {
    // The barrier may wake one long before the other.
    for (++met; met < 2;) {
      std::this_thread::yield();
    }
    delay(shift % 400);
  };
  std::thread other([&] {
    for (;;) {
      start.arrive_and_wait();
      if (stop) {
        return;
      }
      meet(number * 13);
      b();
      end.arrive_and_wait();
    }
  });
  for (; number < max_rounds && !enough(number); ++number) {
    setup();
    met = 0;
    start.arrive_and_wait();
    meet(number * 7);
    a();
    end.arrive_and_wait();
    settle();
  }
  stop = true;
  start.arrive_and_wait();
  other.join();
}

struct guarded {
  std::atomic<std::uint32_t> sound{0xa11fe};
  ~guarded() { sound = 0; }
};

TEST(WeakRefRace, R01_R42_lock_gets_a_whole_object_or_none) {
  std::shared_ptr<guarded> object;
  std::optional<weak_ref<guarded>> ref;
  int wins = 0;
  int loses = 0;
  int broken = 0;
  race(
      [&] {
        object = track::make_shared<guarded>();
        ref.emplace(object);
      },
      [&] {
        delay(300);
        object.reset();
      },
      [&] {
        for (int tries = 0;; ++tries) {
          const auto held = ref->lock();
          if (held == nullptr) {
            break;
          }
          ++wins;
          broken += held->sound != 0xa11fe;
          if (tries > 20) {
            std::this_thread::yield();  // the other may be waiting for this processor
          }
        }
        ++loses;
      },
      [] {}, [&](int round) { return round > 2000 && wins > 100 && loses > 100; });
  EXPECT_GT(wins, 0);
  EXPECT_GT(loses, 0);
  EXPECT_EQ(broken, 0);
}

TEST(WeakRefRace, R05_R09_fired_or_unregistered_exactly_once_each) {
  std::shared_ptr<point> object;
  std::optional<weak_ref<point>> ref;
  std::atomic<int> calls{0};
  int fired = 0;
  int unregistered = 0;
  int registered = 0;
  int late = 0;
  race(
      [&] {
        calls = 0;
        object = track::make_shared<point>();
        ref.emplace(object, [&](const dead_ref&) { ++calls; });
        ++registered;
      },
      [&] { object.reset(); },
      [&] {
        ref.reset();
        const int after = calls;  // T4: none is running, none comes
        fired += after;
        unregistered += 1 - after;
      },
      [&] { late += calls != 0 && fired + unregistered != registered; },
      [&](int round) { return round > 2000 && fired > 50 && unregistered > 50; });
  EXPECT_GT(fired, 0);
  EXPECT_GT(unregistered, 0);
  EXPECT_EQ(fired + unregistered, registered);
  EXPECT_EQ(late, 0);
}

TEST(WeakRefRace, R09_the_destructor_waits_for_a_callback_that_runs_elsewhere) {
  for (int round = 0; round < 100; ++round) {
    auto object = track::make_shared<point>();
    std::latch inside(1);
    std::atomic<bool> dropping{false};
    bool finished = false;  // plain: the wait is what orders it
    std::optional<weak_ref<point>> ref;
    ref.emplace(object, [&](const dead_ref&) {
      inside.count_down();
      while (!dropping) {
        std::this_thread::yield();
      }
      for (int i = 0; i < 10; ++i) {
        std::this_thread::yield();
      }
      finished = true;
    });
    std::thread killer([&] { object.reset(); });
    inside.wait();
    dropping = true;
    ref.reset();
    EXPECT_TRUE(finished);
    killer.join();
  }
}

TEST(WeakRefRace, R09_dropped_inside_its_own_callback_it_returns_at_once) {
  for (int round = 0; round < 1000; ++round) {
    auto object = track::make_shared<point>();
    std::optional<weak_ref<point>> ref;
    std::optional<weak_ref<point>> copy;
    const auto witness = std::make_shared<int>(0);
    bool done = false;
    ref.emplace(object, [&, witness](const dead_ref&) {
      copy.reset();
      ref.reset();
      done = witness.use_count() > 1;  // the closure is still whole
    });
    copy = ref;
    std::thread killer([&] { object.reset(); });
    killer.join();
    EXPECT_TRUE(done);
    EXPECT_EQ(witness.use_count(), 1);
  }
}

TEST(WeakRefRace, R05_nested_deaths_know_the_outer_callback_as_their_own) {
  auto outer = track::make_shared<point>();
  auto inner = track::make_shared<point>();
  int calls = 0;
  std::optional<weak_ref<point>> of_outer;
  of_outer.emplace(outer, [&](const dead_ref&) {
    ++calls;
    inner.reset();
  });
  const weak_ref<point> of_inner(inner, [&](const dead_ref&) {
    ++calls;
    of_outer.reset();  // two callbacks deep, on the same thread
  });
  outer.reset();
  EXPECT_EQ(calls, 2);
}

TEST(WeakRefRace, R06_R15_many_threads_register_and_drop_on_one_object) {
  constexpr int threads = 4;
  constexpr int each = 3000;
  auto object = track::make_shared<point>();
  std::atomic<int> fired{0};
  std::barrier start(threads);
  std::array<std::vector<weak_ref<point>>, threads> kept;
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        start.arrive_and_wait();
        for (int i = 0; i < each; ++i) {
          const weak_ref<point> dropped(object, [&](const dead_ref&) { ++fired; });
          if (i % 10 == 0) {
            kept[t].emplace_back(object, [&](const dead_ref&) { ++fired; });
          }
          const weak_ref<point> plain(dropped);
          static_cast<void>(track::weak_refs(object));
        }
      });
    }
  }
  EXPECT_EQ(track::weak_ref_count(object), threads * each / 10U);
  object.reset();
  EXPECT_EQ(fired, threads * each / 10);
}

TEST(WeakRefRace, R43_copies_are_dropped_on_several_threads_while_the_object_dies) {
  int fired = 0;
  int rounds = 0;
  std::atomic<int> calls{0};
  std::shared_ptr<point> object;
  std::optional<weak_ref<point>> mine;
  std::optional<weak_ref<point>> theirs;
  race(
      [&] {
        calls = 0;
        object = track::make_shared<point>();
        mine.emplace(object, [&](const dead_ref&) { ++calls; });
        theirs = mine;
      },
      [&] {
        mine.reset();
        object.reset();
      },
      [&] { theirs.reset(); },
      [&] {
        ++rounds;
        EXPECT_LE(calls, 1);
        fired += calls;
      },
      [&](int round) { return round > 2000 && fired > 20 && rounds - fired > 20; });
  EXPECT_GT(fired, 0);
  EXPECT_LT(fired, rounds);
}

TEST(FinalizeRace, F01_F02_of_call_death_and_detach_one_gets_it) {
  std::shared_ptr<point> object;
  std::optional<track::finalizer> handle;
  std::atomic<int> runs{0};
  int by_death = 0;
  int by_call = 0;
  int wrong = 0;
  bool called = false;
  race(
      [&] {
        runs = 0;
        called = false;
        object = track::make_shared<point>();
        handle = track::finalize(object, [&] { ++runs; });
      },
      [&] { object.reset(); }, [&] { called = (*handle)(); },
      [&] {
        wrong += runs != 1 || handle->alive();
        (called ? by_call : by_death) += 1;
      },
      [&](int round) { return round > 2000 && by_call > 20 && by_death > 20; });
  EXPECT_GT(by_call, 0);
  EXPECT_GT(by_death, 0);
  EXPECT_EQ(wrong, 0);
}

TEST(HookRace, C06_observed_again_inside_with_while_the_owner_closes) {
  std::optional<objects::listener> object;
  std::optional<weak_ref<objects::listener>> ref;
  std::atomic<int> deaths{0};
  int made = 0;
  int born_expired = 0;
  int registered = 0;
  int refused = 0;
  std::vector<weak_ref<objects::listener>> kept;
  race(
      [&] {
        kept.clear();
        object.emplace();
        ref.emplace(*object);
      },
      [&] {
        delay(300);
        object.reset();
      },
      [&] {
        ref->with([&](objects::listener& l) {
          for (bool expired = false; !expired; ++made) {  // until the owner waits for us
            const weak_ref<objects::listener> again(l);
            expired = again.expired();
            born_expired += expired;
            try {
              kept.emplace_back(l, [&](const dead_ref&) { ++deaths; });
              ++registered;
            } catch (const track::not_observable&) {
              ++refused;
            }
            std::this_thread::yield();
          }
        });
      },
      [] {}, [&](int round) { return round > 500 && born_expired > 20; });
  EXPECT_GT(born_expired, 0);
  EXPECT_LT(born_expired, made);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(deaths, registered);
}

TEST(HookRace, C06_with_gets_a_whole_object_or_none) {
  struct hooked {
    std::uint32_t sound = 0xa11fe;  // plain: the destructor waits
    ~hooked() {
      hook_.close();
      sound = 0;
    }
    track::hook hook_;
  };
  std::optional<hooked> object;
  std::optional<weak_ref<hooked>> ref;
  std::atomic<int> deaths{0};
  int wins = 0;
  int loses = 0;
  int broken = 0;
  int rounds = 0;
  race(
      [&] {
        object.emplace();
        ref.emplace(*object, [&](const dead_ref&) { ++deaths; });
      },
      [&] {
        delay(300);
        object.reset();
      },
      [&] {
        for (int tries = 0; ref->with([&](hooked& h) { broken += h.sound != 0xa11fe; }); ++tries) {
          ++wins;
          if (tries > 20) {
            std::this_thread::yield();
          }
        }
        ++loses;
      },
      [&] { ++rounds; }, [&](int round) { return round > 2000 && wins > 100 && loses > 100; });
  EXPECT_GT(wins, 0);
  EXPECT_GT(loses, 0);
  EXPECT_EQ(broken, 0);
  EXPECT_EQ(deaths, rounds);
}

}  // namespace
