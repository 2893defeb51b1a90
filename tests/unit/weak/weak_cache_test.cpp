#include <memory>
#include <new>
#include <sstream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/container_support.hpp"
#include <track/weak_cache.hpp>

namespace track {
namespace {

using namespace testing_weak;

using cache_type = weak_cache<int, counted>;

std::shared_ptr<counted> put(cache_type& cache, int key) {
  return cache.get_or_create(key, [key] { return track::make_shared<counted>(key); });
}

struct bytes_of_value {
  std::size_t operator()(const counted& value) const {
    return static_cast<std::size_t>(value.value);
  }
};
using sized_cache = weak_cache<int, counted, std::hash<int>, std::equal_to<int>, bytes_of_value>;

TEST(WeakCache, the_last_n_values_used_are_kept_alive) {
  cache_type cache(3);
  for (int i = 0; i < 5; ++i) {
    put(cache, i);
  }
  EXPECT_EQ(counted::alive, 3);
  EXPECT_EQ(cache.size(), 3U);
  EXPECT_EQ(cache.strong_size(), 3U);
  EXPECT_EQ(cache.peek(1), nullptr);
  EXPECT_NE(cache.get(2), nullptr);
  put(cache, 5);
  EXPECT_TRUE(cache.contains(2)) << "it was used last";
  EXPECT_FALSE(cache.contains(3));
}

TEST(WeakCache, values_in_use_are_found_after_their_eviction_and_kept_again) {
  cache_type cache(1);
  const auto used = put(cache, 1);
  put(cache, 2);
  EXPECT_EQ(used.use_count(), 1);
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_EQ(cache.get(1), used);
  EXPECT_EQ(used.use_count(), 2) << "kept alive again";
  EXPECT_FALSE(cache.contains(2));
  EXPECT_EQ(cache.strong_size(), 1U);
}

TEST(WeakCache, peek_and_contains_are_no_use_and_not_counted) {
  cache_type cache(2);
  put(cache, 1);
  put(cache, 2);
  const cache_counters before = cache.counters();
  EXPECT_EQ(cache.peek(1)->value, 1);
  EXPECT_TRUE(cache.contains(1));
  EXPECT_EQ(cache.counters().hits, before.hits);
  put(cache, 3);
  EXPECT_FALSE(cache.contains(1));
  EXPECT_TRUE(cache.contains(2));
}

TEST(WeakCache, the_counters_add_up) {
  cache_type cache(2);
  EXPECT_EQ(cache.get(1), nullptr);
  put(cache, 1);
  put(cache, 1);
  put(cache, 2);
  put(cache, 3);
  EXPECT_NE(cache.get(3), nullptr);
  EXPECT_THROW(
      cache.get_or_create(9, []() -> std::shared_ptr<counted> { throw std::runtime_error("no"); }),
      std::runtime_error);
  cache.insert_or_assign(4, track::make_shared<counted>(4));
  const cache_counters counters = cache.counters();
  EXPECT_EQ(counters.hits, 2U);
  EXPECT_EQ(counters.misses, 5U);
  EXPECT_EQ(counters.insertions, 4U);
  EXPECT_EQ(counters.evictions, 2U);
  EXPECT_EQ(counters.insertions, counters.evictions + cache.strong_size());
}

TEST(WeakCache, bounded_by_bytes) {
  sized_cache cache(cache_limits{.bytes = 100});
  const auto add = [&](int key, int bytes) {
    cache.insert_or_assign(key, track::make_shared<counted>(bytes));
  };
  add(1, 40);
  add(2, 40);
  EXPECT_EQ(cache.strong_bytes(), 80U);
  add(3, 40);
  EXPECT_EQ(cache.strong_bytes(), 80U);
  EXPECT_FALSE(cache.contains(1));
  add(4, 100);
  EXPECT_EQ(cache.strong_size(), 1U);
  add(5, 0);
  EXPECT_EQ(cache.strong_size(), 2U);
  EXPECT_EQ(cache.strong_bytes(), 100U);
}

TEST(WeakCache, a_value_larger_than_the_limit_is_found_but_not_kept_and_evicts_nothing) {
  sized_cache cache(cache_limits{.bytes = 100});
  cache.insert_or_assign(1, track::make_shared<counted>(50));
  auto large = track::make_shared<counted>(101);
  cache.insert_or_assign(2, large);
  EXPECT_TRUE(cache.contains(1));
  EXPECT_EQ(cache.get(2), large);
  EXPECT_EQ(cache.strong_size(), 1U);
  large.reset();
  EXPECT_FALSE(cache.contains(2));
  EXPECT_EQ(cache.counters().evictions, 0U);
}

TEST(WeakCache, without_capacity_it_is_a_weak_value_map) {
  cache_type cache(0);
  auto value = put(cache, 1);
  EXPECT_EQ(cache.get(1), value);
  EXPECT_EQ(value.use_count(), 1);
  value.reset();
  EXPECT_TRUE(cache.empty());
}

TEST(WeakCache, trim_and_set_limits) {
  cache_type cache(100);
  for (int i = 0; i < 100; ++i) {
    put(cache, i);
  }
  cache.trim(40);
  EXPECT_EQ(cache.strong_size(), 40U);
  EXPECT_EQ(counted::alive, 40);
  EXPECT_TRUE(cache.contains(99));
  EXPECT_FALSE(cache.contains(59));
  put(cache, 200);
  EXPECT_EQ(cache.strong_size(), 41U) << "the limit is as before";
  cache.set_limits({.entries = 3});
  EXPECT_EQ(cache.strong_size(), 3U);
  put(cache, 201);
  EXPECT_EQ(cache.strong_size(), 3U);
  cache.trim(0);
  EXPECT_TRUE(cache.empty());
  EXPECT_EQ(counted::alive, 0);
  EXPECT_EQ(cache.counters().evictions, 102U);
}

TEST(WeakCache, assigning_and_erasing_give_the_old_value_up) {
  cache_type cache(10);
  put(cache, 1);
  cache.insert_or_assign(1, track::make_shared<counted>(7));
  EXPECT_EQ(counted::alive, 1);
  EXPECT_EQ(cache.get(1)->value, 7);
  EXPECT_EQ(cache.strong_size(), 1U);
  EXPECT_TRUE(cache.erase(1));
  EXPECT_FALSE(cache.erase(1));
  EXPECT_EQ(counted::alive, 0);
  EXPECT_EQ(cache.strong_size(), 0U);
  put(cache, 2);
  put(cache, 3);
  cache.clear();
  EXPECT_EQ(counted::alive, 0);
  EXPECT_EQ(cache.strong_bytes(), 0U);
  put(cache, 4);
  EXPECT_EQ(cache.strong_size(), 1U);
}

TEST(WeakCache, snapshot_for_each_and_output) {
  cache_type cache(2);
  put(cache, 1);
  put(cache, 2);
  const auto snapshot = cache.snapshot();
  ASSERT_EQ(snapshot.size(), 2U);
  EXPECT_EQ(snapshot[0].second.lock()->value, snapshot[0].first);
  int sum = 0;
  cache.for_each([&](const int& key, counted& value) {
    EXPECT_EQ(key, value.value);
    sum += key;
    cache.clear();
  });
  EXPECT_EQ(sum, 3) << "what is iterated over stays in use";
  EXPECT_EQ(counted::alive, 0);
  put(cache, 1);
  std::ostringstream out;
  out << cache;
  EXPECT_EQ(out.str().find("<weak_cache at 0x"), 0U);
  EXPECT_NE(out.str().find("1 entries, 1 kept alive"), std::string::npos);
}

TEST(WeakCache, foreign_and_empty_values_are_refused) {
  cache_type cache(2);
  EXPECT_THROW(cache.insert_or_assign(1, std::make_shared<counted>()), not_observable);
  EXPECT_THROW(cache.insert_or_assign(1, nullptr), not_observable);
  EXPECT_THROW(cache.get_or_create(1, [] { return std::make_shared<counted>(); }), not_observable);
  EXPECT_EQ(cache.get_or_create(1, [] { return std::shared_ptr<counted>(); }), nullptr);
  EXPECT_TRUE(cache.empty());
  EXPECT_FALSE(std::is_copy_constructible_v<cache_type>);
  EXPECT_FALSE(std::is_move_constructible_v<cache_type>);
}

TEST(WeakCache, make_may_use_and_destroy_the_cache) {
  auto cache = std::make_unique<cache_type>(2);
  const auto value = cache->get_or_create(1, [&] {
    put(*cache, 2);
    EXPECT_THROW(put(*cache, 1), std::system_error);
    cache->insert_or_assign(1, track::make_shared<counted>(7));
    return track::make_shared<counted>(1);
  });
  EXPECT_EQ(value->value, 7) << "assigned meanwhile";
  const cache_counters counters = cache->counters();
  EXPECT_EQ(counters.hits + counters.misses, 2U) << "the refused one is neither";
  const auto last = cache->get_or_create(3, [&] {
    cache.reset();
    return track::make_shared<counted>(3);
  });
  EXPECT_EQ(last->value, 3);
  EXPECT_EQ(last.use_count(), 1);
}

TEST(WeakCache, evicted_values_may_use_the_cache_in_their_destructors) {
  auto cache = std::make_unique<weak_cache<int, on_destruction>>(1);
  int destroyed = 0;
  const auto add = [&](int key) {
    cache->insert_or_assign(key, track::make_shared<on_destruction>([&cache, &destroyed, key] {
                              ++destroyed;
                              if (cache != nullptr) {
                                EXPECT_FALSE(cache->contains(key));
                                cache->trim(1);
                                (void)cache->get(key);
                              }
                            }));
  };
  for (int i = 0; i < 10; ++i) {
    add(i);
  }
  EXPECT_EQ(destroyed, 9);
  cache->clear();
  EXPECT_EQ(destroyed, 10);
  add(11);
  auto* const raw = cache.get();
  raw->insert_or_assign(12, track::make_shared<on_destruction>([&] { cache.reset(); }));
  raw->erase(12);
  EXPECT_EQ(cache, nullptr);
  EXPECT_EQ(destroyed, 11);
}

TEST(WeakCache, values_die_with_the_cache_unless_they_are_used) {
  std::shared_ptr<counted> used;
  {
    cache_type cache(10);
    used = put(cache, 1);
    put(cache, 2);
    EXPECT_EQ(counted::alive, 2);
  }
  EXPECT_EQ(counted::alive, 1);
  EXPECT_EQ(weak_ref_count(used), 0U);
  EXPECT_EQ(used.use_count(), 1);
}

TEST(WeakCache, memory_returns_when_values_are_evicted) {
  cache_type cache(4);
  for (int i = 0; i < 7; ++i) {
    put(cache, i);
  }
  const std::size_t bytes = allocations::live_bytes();
  for (int i = 100; i < 1000; ++i) {
    put(cache, i);
  }
  EXPECT_EQ(allocations::live_bytes(), bytes);
}

TEST(WeakCache, throwing_hashes_comparisons_copies_and_sizes_change_nothing) {
  struct throwing_size {
    bool* throws;
    std::size_t operator()(const counted&) const {
      if (*throws) {
        throw std::runtime_error("size");
      }
      return 1;
    }
  };
  bool size_throws = false;
  weak_cache<moody_key, counted, moody_hash, std::equal_to<>, throwing_size> cache(
      4, throwing_size{&size_throws});
  const auto make = [] { return track::make_shared<counted>(1); };
  cache.get_or_create(moody_key(1), make);
  const int keys = moody_key::alive;
  const auto other = make();
  int thrown = 0;
  for (bool* throws :
       {&moody_key::hash_throws, &moody_key::equal_throws, &moody_key::copy_throws, &size_throws}) {
    const auto attempt = [&](auto operation) {
      *throws = true;
      try {
        operation();
      } catch (const std::runtime_error&) {
        ++thrown;
      }
      *throws = false;
      EXPECT_TRUE(cache.contains(moody_key(1)));
      EXPECT_EQ(cache.strong_size(), cache.size());
    };
    attempt([&] { (void)cache.get(moody_key(1)); });
    attempt([&] { (void)cache.get_or_create(moody_key(3), make); });
    cache.erase(moody_key(3));
    attempt([&] { cache.insert_or_assign(moody_key(1), other); });
    attempt([&] { (void)cache.snapshot(); });
    EXPECT_EQ(moody_key::alive, keys);
  }
  EXPECT_GE(thrown, 9);
}

TEST(WeakCache, every_allocation_of_every_operation_may_fail) {
  weak_cache<std::string, counted> cache(4);
  const std::string key(100, 'k');
  const auto make = [] { return track::make_shared<counted>(1); };
  const auto value = cache.get_or_create(key, make);
  const auto other = make();
  const auto unchanged = [&](bool) {
    EXPECT_EQ(cache.size(), 1U);
    EXPECT_EQ(cache.peek(key), value);
    EXPECT_EQ(cache.strong_size(), 1U);
    EXPECT_EQ(other.use_count(), 1);
  };
  int failures = 0;
  failures += fail_every_allocation([&] { (void)cache.get_or_create(key + "2", make); }, unchanged);
  cache.erase(key + "2");
  failures += fail_every_allocation([&] { cache.insert_or_assign(key + "3", other); }, unchanged);
  cache.erase(key + "3");
  failures += fail_every_allocation([&] { (void)cache.snapshot(); }, unchanged);
  failures += fail_every_allocation([&] { cache.for_each([](auto&, auto&) {}); }, unchanged);
  failures += fail_every_allocation([&] { const weak_cache<int, counted> fresh(3); }, unchanged);
  EXPECT_GE(failures, 10);
  const std::size_t before = allocations::calls();
  EXPECT_EQ(cache.get(key), value);
  EXPECT_EQ(cache.get_or_create(key, make), value);
  cache.trim(0);
  EXPECT_TRUE(cache.erase(key));
  cache.clear();
  EXPECT_EQ(allocations::calls(), before) << "these take no memory";
}

TEST(WeakCache, keys_may_use_the_cache_when_they_are_hashed_compared_and_copied) {
  struct key {
    key(int v, cache_type* c) : value(v), other(c) {}
    key(const key& k) : value(k.value), other(k.other) { other->trim(0); }
    key& operator=(const key&) = delete;
    ~key() { put(*other, value); }
    bool operator==(const key& k) const {
      other->trim(0);
      return value == k.value;
    }
    int value;
    cache_type* other;
  };
  struct hash {
    std::size_t operator()(const key& k) const {
      k.other->trim(0);
      return 1;
    }
  };
  cache_type other(100);
  weak_cache<key, counted, hash> cache(2);
  const auto make = [] { return track::make_shared<counted>(1); };
  for (int i = 0; i < 4; ++i) {
    (void)cache.get_or_create(key(i, &other), make);
  }
  EXPECT_EQ(cache.size(), 2U);
  EXPECT_NE(cache.get(key(3, &other)), nullptr);
}

}  // namespace
}  // namespace track
