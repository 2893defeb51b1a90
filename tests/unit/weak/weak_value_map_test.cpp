#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/container_support.hpp"
#include <track/weak_value_map.hpp>

namespace track {
namespace {

using namespace testing_weak;

using map_type = weak_value_map<int, counted>;

TEST(WeakValueMap, V01_values_are_found_and_not_kept_alive) {
  map_type map;
  auto value = track::make_shared<counted>(5);
  map.insert_or_assign(1, value);
  EXPECT_EQ(map.get(1), value);
  EXPECT_EQ(value.use_count(), 1);
  value.reset();
  EXPECT_EQ(counted::alive, 0);
  EXPECT_EQ(map.get(1), nullptr);
}

TEST(WeakValueMap, V02_at_throws_for_missing_and_dead) {
  map_type map;
  EXPECT_THROW(map.at(1), std::out_of_range);
  EXPECT_EQ(map.get(1), nullptr);
  auto values = fill(map, 2);
  EXPECT_EQ(map.at(1), values[1]);
  values.pop_back();
  EXPECT_THROW(map.at(1), std::out_of_range);
}

TEST(WeakValueMap, V03_entry_leaves_when_the_value_dies) {
  map_type map;
  auto values = fill(map, 100);
  EXPECT_EQ(map.size(), 100U);
  while (!values.empty()) {
    values.pop_back();
    EXPECT_EQ(map.size(), values.size());
  }
  EXPECT_TRUE(map.empty());
}

TEST(WeakValueMap, V03_memory_returns_while_the_map_remains) {
  map_type map;
  fill(map, 1);
  const std::size_t bytes = allocations::live_bytes();
  fill(map, 8);
  EXPECT_EQ(allocations::live_bytes(), bytes);
}

TEST(WeakValueMap, V04_one_reference_a_value) {
  map_type map;
  auto value = track::make_shared<counted>();
  EXPECT_EQ(weak_ref_count(value), 0U);
  map.insert_or_assign(1, value);
  EXPECT_EQ(weak_ref_count(value), 1U);
  const auto refs = weak_refs(value);
  ASSERT_EQ(refs.size(), 1U);
  EXPECT_EQ(refs[0].what, ref_info::container);
  map.insert_or_assign(1, value);
  EXPECT_EQ(weak_ref_count(value), 1U);
  map.insert_or_assign(2, value);
  EXPECT_EQ(weak_ref_count(value), 2U);
  map.clear();
  EXPECT_EQ(weak_ref_count(value), 0U);
}

TEST(WeakValueMap, V05_contains_is_false_for_the_dead) {
  map_type map;
  auto values = fill(map, 2);
  EXPECT_TRUE(map.contains(0));
  values.erase(values.begin());
  EXPECT_FALSE(map.contains(0));
  EXPECT_TRUE(map.contains(1));
  EXPECT_FALSE(map.contains(2));
}

TEST(WeakValueMap, V05_contains_is_false_while_the_value_is_dying) {
  map_type map;
  bool seen = true;
  auto value = track::make_shared<counted>();
  map.insert_or_assign(1, value);
  const weak_ref<counted> newest(value, [&](const dead_ref&) { seen = map.contains(1); });
  value.reset();
  EXPECT_FALSE(seen);
}

TEST(WeakValueMap, V06_erase) {
  map_type map;
  const auto values = fill(map, 2);
  EXPECT_TRUE(map.erase(0));
  EXPECT_FALSE(map.erase(0));
  EXPECT_FALSE(map.erase(7));
  EXPECT_EQ(map.size(), 1U);
  EXPECT_EQ(weak_ref_count(values[0]), 0U);
}

TEST(WeakValueMap, V07_get_with_fallback) {
  map_type map;
  const auto values = fill(map, 1);
  const auto fallback = track::make_shared<counted>(9);
  EXPECT_EQ(map.get(0, fallback), values[0]);
  EXPECT_EQ(map.get(1, fallback), fallback);
}

TEST(WeakValueMap, V08_extract) {
  map_type map;
  auto values = fill(map, 2);
  EXPECT_EQ(map.extract(0), values[0]);
  EXPECT_EQ(map.extract(0), nullptr);
  values.pop_back();
  EXPECT_EQ(map.extract(1), nullptr);
  EXPECT_TRUE(map.empty());
}

TEST(WeakValueMap, V09_pop_any_skips_the_dead_and_ends_empty) {
  map_type map;
  auto values = fill(map, 3);
  values.erase(values.begin() + 1);
  std::set<int> keys;
  while (const auto popped = map.pop_any()) {
    EXPECT_EQ(popped->second->value, popped->first);
    keys.insert(popped->first);
  }
  EXPECT_EQ(keys, (std::set<int>{0, 2}));
  EXPECT_EQ(map.pop_any(), std::nullopt);
}

TEST(WeakValueMap, V09_pop_any_inside_a_death_skips_the_dying) {
  map_type map;
  auto values = fill(map, 2);
  std::optional<std::pair<int, std::shared_ptr<counted>>> popped;
  const weak_ref<counted> newest(values[1], [&](const dead_ref&) { popped = map.pop_any(); });
  values.pop_back();
  ASSERT_TRUE(popped.has_value());
  EXPECT_EQ(popped->first, 0);
}

TEST(WeakValueMap, V10_get_or_insert) {
  map_type map;
  const auto first = track::make_shared<counted>(1);
  const auto second = track::make_shared<counted>(2);
  EXPECT_EQ(map.get_or_insert(1, first), first);
  EXPECT_EQ(map.get_or_insert(1, second), first);
  EXPECT_EQ(map.size(), 1U);
  EXPECT_EQ(weak_ref_count(second), 0U);
}

TEST(WeakValueMap, V11_get_or_insert_replaces_a_dying_entry) {
  map_type map;
  const auto fresh = track::make_shared<counted>(2);
  std::shared_ptr<counted> got;
  auto value = track::make_shared<counted>(1);
  map.insert_or_assign(1, value);
  const weak_ref<counted> newest(value,
                                 [&](const dead_ref&) { got = map.get_or_insert(1, fresh); });
  value.reset();
  EXPECT_EQ(got, fresh);
  EXPECT_EQ(map.get(1), fresh);
  EXPECT_EQ(map.size(), 1U);
}

TEST(WeakValueMap, V12_insert_range_of_pairs_maps_and_snapshots) {
  const auto a = track::make_shared<counted>(1);
  const auto b = track::make_shared<counted>(2);
  map_type map;
  map.insert_range(std::vector<std::pair<int, std::shared_ptr<counted>>>{{1, a}, {2, b}});
  EXPECT_EQ(map.get(2), b);
  map.insert_range(std::map<int, std::shared_ptr<counted>>{{1, b}});
  EXPECT_EQ(map.get(1), b);
  map_type other;
  other.insert_range(map);
  EXPECT_EQ(other, map);
  map_type third;
  third.insert_range(map.snapshot());
  EXPECT_EQ(third, map);
}

// An input range that ends with an exception.
struct failing_range {
  struct iterator {
    using value_type = std::pair<int, std::shared_ptr<counted>>;
    const std::vector<value_type>* items;
    std::size_t at;
    const value_type& operator*() const { return items->at(at); }
    const value_type* operator->() const { return &items->at(at); }
    iterator& operator++() {
      ++at;
      return *this;
    }
    bool operator==(const iterator& other) const { return at == other.at; }
  };
  iterator begin() const { return {&items, 0}; }
  iterator end() const { return {&items, 100}; }
  std::vector<iterator::value_type> items;
};

TEST(WeakValueMap, V13_failing_iterator_propagates_and_what_came_before_stays) {
  const auto a = track::make_shared<counted>(1);
  const failing_range range{{{1, a}, {2, a}}};
  map_type map;
  EXPECT_THROW(map.insert_range(range), std::out_of_range);
  EXPECT_EQ(map.size(), 2U);
  EXPECT_THROW(map_type{range}, std::out_of_range);
  EXPECT_EQ(weak_ref_count(a), 2U);
}

TEST(WeakValueMap, V14_union_the_right_side_wins) {
  const auto a = track::make_shared<counted>(1);
  const auto b = track::make_shared<counted>(2);
  const auto c = track::make_shared<counted>(3);
  map_type left;
  left.insert_or_assign(1, a);
  left.insert_or_assign(2, a);
  map_type right;
  right.insert_or_assign(2, b);
  right.insert_or_assign(3, c);
  const map_type all = left | right;
  EXPECT_EQ(all.get(1), a);
  EXPECT_EQ(all.get(2), b);
  EXPECT_EQ(all.get(3), c);
  const std::map<int, std::shared_ptr<counted>> pairs = {{2, c}};
  EXPECT_EQ((left | pairs).get(2), c);
  EXPECT_EQ((pairs | left).get(2), a);
  EXPECT_EQ(left.size(), 2U);
  left |= right;
  EXPECT_EQ(left, all);
  left |= pairs;
  EXPECT_EQ(left.get(2), c);
  EXPECT_EQ(a.use_count(), 1);
}

TEST(WeakValueMap, V14_union_with_itself) {
  map_type map;
  const auto values = fill(map, 20);
  auto& same = map;
  map |= same;
  EXPECT_EQ(map.size(), 20U);
  EXPECT_EQ(map | same, map);
  swap(map, same);
  map = same;
  EXPECT_EQ(map.size(), 20U);
}

TEST(WeakValueMap, V15_copy_is_independent_and_has_the_live_only) {
  map_type map;
  auto values = fill(map, 3);
  map_type copy(map);
  EXPECT_EQ(copy, map);
  map.erase(0);
  EXPECT_TRUE(copy.contains(0));
  copy.erase(1);
  EXPECT_TRUE(map.contains(1));
  values.pop_back();
  EXPECT_EQ(copy.size(), 1U);
  EXPECT_EQ(map.size(), 1U);
  map_type assigned;
  assigned.insert_or_assign(9, values[0]);
  assigned = copy;
  EXPECT_EQ(assigned, copy);
  EXPECT_FALSE(assigned.contains(9));
}

TEST(WeakValueMap, V15_copy_inside_a_death_leaves_the_dying_out) {
  map_type map;
  auto values = fill(map, 3);
  std::optional<map_type> copy;
  const weak_ref<counted> newest(values[2], [&](const dead_ref&) { copy.emplace(map); });
  values.pop_back();
  EXPECT_EQ(copy->size(), 2U);
}

TEST(WeakValueMap, V15_move_and_swap) {
  static_assert(std::is_nothrow_move_constructible_v<map_type>);
  map_type a;
  auto values = fill(a, 3);
  map_type b(std::move(a));
  EXPECT_EQ(b.size(), 3U);
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): empty, and usable
  a.insert_or_assign(7, values[0]);
  swap(a, b);
  EXPECT_EQ(a.size(), 3U);
  EXPECT_EQ(b.size(), 1U);
  values.pop_back();
  EXPECT_EQ(a.size(), 2U);
  map_type c;
  c = std::move(a);
  EXPECT_EQ(c.size(), 2U);
  values.clear();
  EXPECT_TRUE(c.empty());
  EXPECT_TRUE(b.empty());
}

TEST(WeakValueMap, V16_copy_copies_keys_and_shares_values) {
  weak_value_map<moody_key, counted, moody_hash> map;
  const auto value = track::make_shared<counted>();
  map.insert_or_assign(moody_key(1), value);
  const int keys = moody_key::alive;
  const auto copy = map;
  EXPECT_EQ(moody_key::alive, keys + 1);
  EXPECT_EQ(copy.get(moody_key(1)), value);
}

TEST(WeakValueMap, V18_construction_from_ranges_and_maps) {
  const auto a = track::make_shared<counted>(1);
  const std::map<int, std::shared_ptr<counted>> pairs = {{1, a}};
  const map_type from_pairs(pairs);
  const map_type from_map(from_pairs);
  EXPECT_EQ(from_pairs.get(1), a);
  EXPECT_EQ(from_map, from_pairs);
}

TEST(WeakValueMap, V19_wrong_arguments_do_not_compile) {
  static_assert(!std::is_constructible_v<map_type, int>);
  static_assert(!std::is_constructible_v<map_type, std::vector<int>>);
  static_assert(std::is_constructible_v<map_type, std::map<int, std::shared_ptr<counted>>>);
  const auto can_insert = []<class M, class V>(const M*, const V*) {
    return requires(M & m, V & v) {
      m.insert_or_assign(1, v);
    };
  };
  const map_type* map = nullptr;
  EXPECT_FALSE(can_insert(map, static_cast<const std::shared_ptr<int>*>(nullptr)));
  EXPECT_FALSE(can_insert(map, static_cast<counted* const*>(nullptr)));
  EXPECT_TRUE(can_insert(map, static_cast<const std::shared_ptr<derived>*>(nullptr)));
}

TEST(WeakValueMap, V20_keys_values_snapshot_and_for_each_touch_every_live_entry) {
  map_type map;
  auto values = fill(map, 20);
  values.resize(10);
  std::vector<int> expected;
  for (int i = 0; i < 10; ++i) {
    expected.push_back(i);
  }
  EXPECT_EQ(map.keys(), expected);
  EXPECT_EQ(map.values(), values);
  std::vector<int> from_snapshot;
  for (const auto& [key, ref] : map.snapshot()) {
    EXPECT_EQ(ref.lock()->value, key);
    from_snapshot.push_back(key);
  }
  EXPECT_EQ(from_snapshot, expected);
  std::vector<int> visited;
  map.for_each([&](const int& key, counted& value) {
    EXPECT_EQ(value.value, key);
    visited.push_back(key);
  });
  EXPECT_EQ(visited, expected);
  for (const auto& value : values) {
    EXPECT_EQ(value.use_count(), 1);
  }
}

TEST(WeakValueMap, V21_value_refs_may_be_dead) {
  map_type map;
  auto values = fill(map, 2);
  const auto refs = map.value_refs();
  values.pop_back();
  ASSERT_EQ(refs.size(), 2U);
  EXPECT_EQ(refs[0].lock(), values[0]);
  EXPECT_TRUE(refs[1].expired());
}

TEST(WeakValueMap, V22_values_dying_during_iteration) {
  map_type map;
  auto values = fill(map, 20);
  int visited = 0;
  map.for_each([&](const int& key, const counted&) {
    ++visited;
    values[19 - static_cast<std::size_t>(key)].reset();
  });
  EXPECT_EQ(visited, 10);
  EXPECT_EQ(map.size(), 10U);
}

TEST(WeakValueMap, V22_the_value_that_is_visited_may_lose_its_owner) {
  map_type map;
  auto values = fill(map, 5);
  map.for_each([&](const int& key, const counted& value) {
    values[static_cast<std::size_t>(key)].reset();
    EXPECT_EQ(value.value, key);
  });
  EXPECT_TRUE(map.empty());
}

}  // namespace
}  // namespace track
