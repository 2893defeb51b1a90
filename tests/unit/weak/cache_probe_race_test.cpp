// Probes under many threads, in children and in signal handlers; made for ThreadSanitizer, too.
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <barrier>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include <gtest/gtest.h>

#include <track/cache_probe.hpp>
#include <track/make_shared.hpp>
#include <track/probed_map.hpp>
#include <track/weak_cache.hpp>

using namespace std::chrono_literals;

namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t rounds = 5'000;
#else
constexpr std::uint64_t rounds = 100'000;
#endif
#if defined(__SANITIZE_THREAD__)
constexpr int threads_in_child = 1;  // it may take a parent for one of several threads
#else
constexpr int threads_in_child = 4;
#endif

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

std::optional<track::cache_stats> probed(std::string_view name) {
  for (const track::cache_stats& each : track::cache_probes()) {
    if (each.name == name) {
      return each;
    }
  }
  return std::nullopt;
}

TEST(CacheProbeRace, counts_are_exact_after_all_threads) {
  for (const int threads : {2, 8, 24}) {
    track::cache_probe probe("shared");
    run_together(threads, [&](int) {
      for (std::uint64_t i = 0; i < rounds; ++i) {
        probe.insert();
        probe.hit(2);
        probe.miss(3);
        probe.evict();
        probe.evict(std::chrono::milliseconds(i % 20));
        probe.erase(4);
      }
    });
    const std::uint64_t times = rounds * static_cast<std::uint64_t>(threads);
    const track::cache_stats told = probe.stats();
    EXPECT_EQ(told.inserts, times);
    EXPECT_EQ(told.hits, 2 * times);
    EXPECT_EQ(told.misses, 3 * times);
    EXPECT_EQ(told.evictions, 2 * times);
    EXPECT_EQ(told.erased, 4 * times);
    EXPECT_EQ(told.ages.total(), times);
    EXPECT_EQ(told.ages.counts[0], times / 20);
  }
}

TEST(CacheProbeRace, probes_come_and_go_while_others_list_them) {
  std::atomic<bool> working{true};
  run_together(4, [&](int who) {
    if (who == 0) {
      while (working.load()) {
        for (const auto& each : track::cache_probes()) {
          EXPECT_LE(each.hits, 1U);
          EXPECT_LE(each.hits, each.inserts);
        }
      }
      return;
    }
    for (std::uint64_t i = 0; i < rounds / 50; ++i) {
      track::cache_probe probe("coming and going");
      probe.insert();
      probe.hit();
      EXPECT_EQ(probe.stats().hits, 1U);
    }
    working = false;
  });
}

TEST(CacheProbeRace, readers_of_one_map_meet) {
  track::probed_map<std::unordered_map<int, int>> map("read together");
  for (int i = 0; i < 1000; ++i) {
    map.emplace(i, i);
  }
  run_together(4, [&](int who) {
    for (int i = 0; i < 900; ++i) {
      EXPECT_EQ(*map.find((i + who * 200) % 900), (i + who * 200) % 900);
    }
  });
  EXPECT_EQ(map.stats().hits, 3600U);
  EXPECT_EQ(map.never_hit(), 100U);
  EXPECT_EQ(map.stats().never_hit, 100U) << "told by whoever was last";
}

TEST(CacheProbeRace, a_cache_is_probed_while_it_is_used) {
  track::weak_cache<int, int> cache(50);
  std::atomic<int> probed_by{0};
  run_together(4, [&](int who) {
    for (int i = 0; i < 2000; ++i) {
      if (i == 500) {
        probed_by += cache.probe("used") ? 1 : 0;
      }
      cache.get_or_create((i * 7 + who) % 100, [i] { return track::make_shared<int>(i); });
    }
  });
  EXPECT_EQ(probed_by, 1);
  EXPECT_EQ(probed("used")->size, cache.strong_size());
  EXPECT_LE(probed("used")->hits, cache.counters().hits);
}

track::cache_probe* in_handler = nullptr;

TEST(CacheProbeRace, counts_in_signal_handlers_and_beside_them) {
  track::cache_probe probe("signalled");
  in_handler = &probe;
  struct sigaction act = {}, before = {};
  act.sa_handler = [](int) { in_handler->miss(); };
  ASSERT_EQ(sigaction(SIGUSR1, &act, &before), 0);
  std::atomic<bool> counting{true};
  std::atomic<std::uint64_t> hits{0};
  std::thread counter([&] {
    while (counting.load(std::memory_order_relaxed)) {
      probe.hit();
      hits.fetch_add(1, std::memory_order_relaxed);
    }
  });
  std::uint64_t sent = 0;
  for (; sent < 2000; ++sent) {
    const std::uint64_t known = probe.stats().misses;
    pthread_kill(counter.native_handle(), SIGUSR1);
    while (probe.stats().misses == known) {
      std::this_thread::yield();
    }
  }
  counting = false;
  counter.join();
  sigaction(SIGUSR1, &before, nullptr);
  EXPECT_EQ(probe.stats().misses, sent);
  EXPECT_EQ(probe.stats().hits, hits.load());
}

TEST(CacheProbeProcess, a_child_counts_from_zero_and_its_parent_goes_on) {
  track::cache_probe probe("inherited");
  probe.hit(5);
  const pid_t child = fork();
  if (child == 0) {
    const bool none = track::cache_probes().empty() && probe.stats().hits == 0;
    const auto count = [&](int) {
      for (int i = 0; i < 4000 / threads_in_child; ++i) {
        probe.hit();
      }
    };
    threads_in_child == 1 ? count(0) : run_together(threads_in_child, count);
    const auto all = track::cache_probes();
    const bool own = all.size() == 1 && all[0].name == "inherited" && all[0].hits == 4000 &&
                     probe.stats().hits == 4000;
    _exit(none && own ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  probe.hit();
  EXPECT_EQ(probe.stats().hits, 6U);
}

}  // namespace
