// What several threads do to one container. Rounds start together, take turns of different length,
// and go on until both outcomes of the race were seen; that they were is asserted.
#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/container_support.hpp"
#include <track/weak_cache.hpp>
#include <track/weak_key_map.hpp>
#include <track/weak_set.hpp>
#include <track/weak_value_map.hpp>

namespace track {
namespace {

using namespace testing_weak;

using object = std::shared_ptr<counted>;

TEST(WeakContainerRace, erase_and_clear_against_deaths) {
  weak_key_map<counted, object> map;
  object key;
  bool erased = false;
  outcomes seen;
  race(
      most_rounds,
      [&](int round) {
        key = track::make_shared<counted>(round);
        map.insert_or_assign(key, track::make_shared<counted>(round));
      },
      [&](int round) {
        dither(round, 7);
        erased = map.pop_any().has_value();
        map.clear();
      },
      [&](int round) {
        dither(round, 8);
        key.reset();
      },
      [&](int) {
        seen.note(erased);
        ASSERT_TRUE(map.empty());
        ASSERT_EQ(counted::alive, 0);
      },
      [&] { return seen.enough(); });
  seen.expect_both();
}

TEST(WeakContainerRace, values_are_copied_while_they_are_replaced_and_extracted) {
  weak_key_map<counted, std::string> map;
  const object key = track::make_shared<counted>(1);
  const std::string a(100, 'a');
  const std::string b(100, 'b');
  std::atomic<bool> stop{false};
  std::atomic<int> read{0};
  std::atomic<int> taken{0};
  std::jthread reader([&] {
    while (!stop || read == 0) {
      if (const auto value = map.get(key)) {
        ASSERT_TRUE(*value == a || *value == b);
        ++read;
      }
      map.for_each([&](counted&, const std::string& v) { ASSERT_EQ(v.size(), 100U); });
    }
  });
  for (int i = 0; i < 3000 || (read == 0 && i < most_rounds); ++i) {
    map.insert_or_assign(key, i % 2 == 0 ? a : b);
    if (i % 3 == 0) {
      if (const auto value = map.extract(key)) {
        ASSERT_TRUE(*value == a || *value == b);
        ++taken;
      }
    }
  }
  stop = true;
  reader.join();
  EXPECT_GT(read, 0);
  EXPECT_GT(taken, 0);
}

TEST(WeakContainerRace, swap_and_assignment_against_everything) {
  weak_value_map<int, counted> a;
  weak_value_map<int, counted> b;
  const auto kept = make(20);
  for (int i = 0; i < 10; ++i) {
    a.insert_or_assign(i, kept[static_cast<std::size_t>(i)]);
    b.insert_or_assign(i + 10, kept[static_cast<std::size_t>(i + 10)]);
  }
  std::atomic<int> in_a{0};
  std::atomic<int> in_b{0};
  run_until(
      4, 2000, [&] { return in_a > 0 && in_b > 0; },
      [&](int thread, int i) {
        if (thread == 0) {
          swap(a, b);
        } else if (thread == 1) {
          ++(a.contains(3) ? in_a : in_b);
          ASSERT_LE(a.size(), 21U);
          (void)b.get(13);
        } else if (thread == 2) {
          const object shortly = track::make_shared<counted>(i);
          (i % 2 == 0 ? a : b).insert_or_assign(100, shortly);
        } else if (i % 10 == 0) {
          weak_value_map<int, counted> copy;
          copy = a;
          ASSERT_GE(copy.size(), 10U);
        }
      });
  EXPECT_GT(in_a, 0);
  EXPECT_GT(in_b, 0);
  if (a.contains(3)) {
    swap(a, b);
  }
  EXPECT_EQ(a.size(), 10U);
  EXPECT_EQ(b.size(), 10U);
  EXPECT_EQ(a.get(13), kept[13]);
}

TEST(WeakContainerRace, set_algebra_in_both_directions_does_not_deadlock) {
  weak_set<counted> a;
  weak_set<counted> b;
  const auto kept = make(20);
  run_together(4, [&](int thread) {
    for (int i = 0; i < 500; ++i) {
      a.insert(kept[static_cast<std::size_t>(i % 20)]);
      b.insert(kept[static_cast<std::size_t>((i + 7) % 20)]);
      switch ((i + thread) % 8) {
        case 0:
          a |= b;
          break;
        case 1:
          b |= a;
          break;
        case 2:
          a ^= b;
          break;
        case 3:
          b ^= a;
          break;
        case 4:
          a -= b;
          break;
        case 5:
          b &= a;
          break;
        case 6:
          (void)a.subset_of(b);
          (void)(b == a);
          break;
        default:
          swap(a, b);
      }
    }
  });
  a |= b;
  EXPECT_LE(a.size(), 20U);
  a.insert_range(kept);
  EXPECT_EQ(a.size(), 20U);
}

TEST(WeakContainerRace, elements_of_hooks_die_while_they_are_visited) {
  weak_set<hooked_listener> set;
  std::optional<hooked_listener> listener;
  int visited = 0;
  outcomes seen;
  race(
      most_rounds,
      [&](int) {
        visited = 0;
        listener.emplace().value = 7;
        set.insert(*listener);
      },
      [&](int round) {
        dither(round, 9);
        set.for_each([&](hooked_listener& l) { visited = l.value++; });
      },
      [&](int round) {
        dither(round, 10);
        listener.reset();
      },
      [&](int) {
        seen.note(visited != 0);
        EXPECT_TRUE(visited == 0 || visited == 7);
        ASSERT_TRUE(set.empty());
      },
      [&] { return seen.enough(); });
  seen.expect_both();
}

TEST(WeakContainerRace, get_or_create_makes_one_value_for_all) {
  for (int round = 0; round < 200; ++round) {
    weak_value_map<std::string, counted> map;
    std::atomic<int> made{0};
    std::vector<object> got(4);
    run_together(4, [&](int thread) {
      got[static_cast<std::size_t>(thread)] = map.get_or_create("key", [&] {
        dither(round, 11);
        return track::make_shared<counted>(++made);
      });
    });
    ASSERT_EQ(made, 1);
    for (const auto& each : got) {
      ASSERT_EQ(each, got[0]);
    }
  }
}

TEST(WeakContainerRace, get_or_create_of_a_key_does_not_block_other_keys) {
  weak_value_map<moody_key, counted, moody_hash> map;
  weak_cache<int, counted> cache(10);
  std::latch inside(1);
  std::latch leave(1);
  std::atomic<int> waited{0};
  std::jthread slow([&] {
    const auto wait = [&] {
      inside.count_down();
      leave.wait();
      return track::make_shared<counted>(1);
    };
    (void)cache.get_or_create(1, [&] { return map.get_or_create(moody_key(1), wait); });
  });
  inside.wait();
  std::jthread same([&] {
    EXPECT_EQ(cache.get_or_create(1, [] { return track::make_shared<counted>(0); })->value, 1);
    ++waited;
  });
  // Key 3 has the hash of key 1.
  EXPECT_EQ(map.get_or_create(moody_key(3), [] { return track::make_shared<counted>(3); })->value,
            3);
  EXPECT_EQ(cache.get_or_create(2, [] { return track::make_shared<counted>(2); })->value, 2);
  EXPECT_EQ(map.get(moody_key(1)), nullptr);
  EXPECT_EQ(waited, 0);
  leave.count_down();
  slow.join();
  same.join();
  EXPECT_EQ(waited, 1);
}

TEST(WeakContainerRace, get_or_create_that_throws_lets_the_next_one_make_it) {
  int handed_over = 0;
  for (int round = 0; round < 2000 && handed_over < 5; ++round) {
    weak_value_map<int, counted> map;
    std::atomic<int> attempts{0};
    std::atomic<int> thrown{0};
    std::vector<object> got(3);
    run_together(3, [&](int thread) {
      try {
        got[static_cast<std::size_t>(thread)] = map.get_or_create(1, [&]() -> object {
          if (attempts++ == 0) {
            dither(round, 12);
            throw std::runtime_error("first");
          }
          return track::make_shared<counted>(2);
        });
      } catch (const std::runtime_error&) {
        ++thrown;
      }
    });
    ASSERT_EQ(thrown, 1);
    ASSERT_EQ(attempts, 2);
    handed_over += map.size() == 1 ? 1 : 0;
  }
  EXPECT_GT(handed_over, 0);
}

TEST(WeakContainerRace, get_or_create_against_swap_assignment_and_clear) {
  weak_value_map<int, counted> a;
  weak_value_map<int, counted> b;
  std::atomic<int> made{0};
  run_together(4, [&](int thread) {
    for (int i = 0; i < 1000; ++i) {
      const int key = i % 5;
      if (thread < 2) {
        const auto value = (i % 2 == 0 ? a : b).get_or_create(key, [&] {
          ++made;
          dither(i, 13);
          return track::make_shared<counted>(key);
        });
        ASSERT_NE(value, nullptr);
        ASSERT_EQ(value->value, key);
      } else if (thread == 2) {
        swap(a, b);
      } else {
        const object assigned = track::make_shared<counted>(key);
        a.insert_or_assign(key, assigned);
        if (i % 10 == 0) {
          b.clear();
        }
      }
    }
  });
  EXPECT_GT(made, 0);
  EXPECT_TRUE(a.empty());
  EXPECT_TRUE(b.empty());
  EXPECT_EQ(counted::alive, 0);
}

TEST(WeakContainerRace, a_cache_under_hits_evictions_and_deaths) {
  weak_cache<int, counted> cache(8);
  std::atomic<std::uint64_t> calls{0};
  std::vector<std::vector<object>> used(4);
  run_until(
      4, 3000, [&] { return cache.counters().hits > 0 && cache.counters().evictions > 0; },
      [&](int thread, int i) {
        const int key = (i * (thread + 3)) % 32;
        if (i % 50 == 49) {
          (i % 100 == 99) ? cache.trim(2) : cache.clear();
        } else if (i % 13 == 0) {
          cache.erase(key);
        } else if (i % 11 == 0) {
          cache.insert_or_assign(key, track::make_shared<counted>(key));
        } else {
          ++calls;
          auto value = cache.get_or_create(key, [&] { return track::make_shared<counted>(key); });
          ASSERT_EQ(value->value, key);
          auto& mine = used[static_cast<std::size_t>(thread)];
          mine.push_back(std::move(value));
          if (mine.size() > 5) {
            mine.clear();
          }
        }
        ASSERT_LE(cache.strong_size(), 8U);
      });
  used.clear();
  const cache_counters counters = cache.counters();
  EXPECT_GT(counters.hits, 0U);
  EXPECT_GT(counters.misses, 0U);
  EXPECT_GT(counters.evictions, 0U);
  EXPECT_EQ(counters.hits + counters.misses, calls);
  EXPECT_EQ(cache.size(), cache.strong_size());
  EXPECT_EQ(counted::alive, static_cast<int>(cache.strong_size()));
  cache.trim(0);
  EXPECT_EQ(counted::alive, 0);
}

TEST(WeakContainerRace, keys_of_a_policy_die_and_are_replaced_while_they_are_compared) {
  struct by_parity {
    std::size_t operator()(const counted& key) const {
      return static_cast<std::size_t>(key.value % 2);
    }
  };
  weak_key_map<counted, int, by_parity, std::equal_to<counted>> map;
  std::atomic<int> found{0};
  std::atomic<int> absent{0};
  run_until(
      4, 1000, [&] { return found > 0 && absent > 0; },
      [&](int thread, int i) {
        const int value = i % 6;
        const object key = track::make_shared<counted>(value);
        if (thread % 2 == 0) {
          map.insert_or_assign(key, value);
          std::this_thread::yield();
        } else if (const auto got = map.get(key)) {
          ASSERT_EQ(*got, value);
          ++found;
        } else {
          ++absent;
          (void)map.erase(key);
        }
      });
  EXPECT_GT(found, 0);
  EXPECT_GT(absent, 0);
  EXPECT_TRUE(map.empty());
  EXPECT_EQ(counted::alive, 0);
}

}  // namespace
}  // namespace track
