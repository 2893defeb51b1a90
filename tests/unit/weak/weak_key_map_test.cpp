#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/container_support.hpp"
#include <track/weak_key_map.hpp>

namespace track {
namespace {

using namespace testing_weak;

using map_type = weak_key_map<counted, std::string>;

using policy_map = weak_key_map<counted, std::string, value_hash, value_equal>;

TEST(WeakKeyMap, K01_values_by_key_and_the_key_is_not_kept_alive) {
  map_type map;
  auto key = track::make_shared<counted>(1);
  map.insert_or_assign(key, "one");
  EXPECT_EQ(map.get(key), "one");
  EXPECT_EQ(map.at(key), "one");
  EXPECT_EQ(map.get(key, "none"), "one");
  EXPECT_EQ(key.use_count(), 1);
  EXPECT_EQ(weak_ref_count(key), 1U);
  const auto equal = track::make_shared<counted>(1);
  EXPECT_EQ(map.get(equal), std::nullopt) << "keys are told apart by identity";
  EXPECT_EQ(map.get(equal, "none"), "none");
  EXPECT_THROW(map.at(equal), std::out_of_range);
  key.reset();
  EXPECT_EQ(counted::alive, 1);
}

TEST(WeakKeyMap, K01_aliases_bases_and_const_are_the_same_key) {
  const auto key = track::make_shared<derived>(1);
  weak_key_map<const counted, int> map;
  map.insert_or_assign(key, 1);
  EXPECT_EQ(map.get(std::shared_ptr<const counted>(key)), 1);
  EXPECT_EQ(map.get(std::shared_ptr<counted>(key)), 1);
  EXPECT_EQ(map.get(weak_ref<derived>(key)), 1);
  EXPECT_EQ(weak_ref_count(key), 1U);
}

TEST(WeakKeyMap, K02_entry_and_value_go_when_the_key_dies) {
  weak_key_map<counted, counted> map;
  auto key = track::make_shared<counted>(1);
  map.insert_or_assign(key, counted(2));
  EXPECT_EQ(counted::alive, 2);
  key.reset();
  EXPECT_EQ(counted::alive, 0);
  EXPECT_TRUE(map.empty());
}

TEST(WeakKeyMap, K02_a_value_may_use_the_map_when_it_is_destroyed) {
  weak_key_map<counted, std::shared_ptr<on_destruction>> map;
  const auto other = track::make_shared<counted>(2);
  auto key = track::make_shared<counted>(1);
  map.insert_or_assign(other, nullptr);
  int calls = 0;
  const auto use_map = [&] {
    ++calls;
    map.insert_or_assign(other, nullptr);
    EXPECT_EQ(map.size(), 1U);
  };
  map.insert_or_assign(key, std::make_shared<on_destruction>(use_map));
  key.reset();
  EXPECT_EQ(calls, 1);
  map.insert_or_assign(other, std::make_shared<on_destruction>(use_map));
  map.insert_or_assign(other, nullptr);
  EXPECT_EQ(calls, 2);
  map.insert_or_assign(other, std::make_shared<on_destruction>(use_map));
  map.erase(other);
  EXPECT_EQ(calls, 3);
}

TEST(WeakKeyMap, K03_contains_and_wrong_types_do_not_compile) {
  map_type map;
  const auto keys = fill(map, 1);
  EXPECT_TRUE(map.contains(keys[0]));
  EXPECT_FALSE(map.contains(track::make_shared<counted>(0)));
  EXPECT_FALSE(map.contains(std::shared_ptr<counted>()));
  EXPECT_FALSE(map.contains(std::make_shared<counted>(0))) << "foreign";
  const auto accepts = []<class M, class O>(const M*, const O*) {
    return requires(M & m, O & o) {
      m.contains(o);
    };
  };
  const map_type* const m = nullptr;
  EXPECT_TRUE(accepts(m, static_cast<const std::shared_ptr<derived>*>(nullptr)));
  EXPECT_FALSE(accepts(m, static_cast<const std::shared_ptr<int>*>(nullptr)));
  EXPECT_FALSE(accepts(m, static_cast<const int*>(nullptr)));
  EXPECT_FALSE(accepts(m, static_cast<const counted*>(nullptr)));
}

TEST(WeakKeyMap, K04_identity_keys_of_equal_value_are_two_entries) {
  map_type map;
  auto first = track::make_shared<counted>(1);
  const auto second = track::make_shared<counted>(1);
  map.insert_or_assign(first, "first");
  map.insert_or_assign(second, "second");
  EXPECT_EQ(map.size(), 2U);
  first.reset();
  EXPECT_EQ(map.get(second), "second");
}

TEST(WeakKeyMap, K04_with_a_policy_assigning_replaces_the_key) {
  policy_map map;
  auto first = track::make_shared<counted>(1);
  auto second = track::make_shared<counted>(1);
  map.insert_or_assign(first, "first");
  EXPECT_EQ(map.get(second), "first");
  map.insert_or_assign(second, "second");
  EXPECT_EQ(map.size(), 1U);
  EXPECT_EQ(weak_ref_count(first), 0U);
  first.reset();
  EXPECT_EQ(map.get(second), "second") << "the entry lives as long as the key assigned last";
  first = track::make_shared<counted>(1);
  second.reset();
  EXPECT_FALSE(map.contains(first));
}

TEST(WeakKeyMap, K05_erase) {
  map_type map;
  const auto keys = fill(map, 2);
  EXPECT_TRUE(map.erase(keys[0]));
  EXPECT_FALSE(map.erase(keys[0]));
  EXPECT_EQ(map.size(), 1U);
  EXPECT_EQ(weak_ref_count(keys[0]), 0U);
  EXPECT_FALSE(map.erase(std::make_shared<counted>(0)));
}

TEST(WeakKeyMap, K05_foreign_empty_and_dead_keys_are_refused) {
  map_type map;
  EXPECT_THROW(map.insert_or_assign(std::make_shared<counted>(), ""), not_observable);
  EXPECT_THROW(map.insert_or_assign(std::shared_ptr<counted>(), ""), not_observable);
  const weak_ref<counted> dead(track::make_shared<counted>());
  EXPECT_THROW(map.insert_or_assign(dead, ""), not_observable);
  EXPECT_THROW(map.get_or_insert(dead, ""), not_observable);
  EXPECT_FALSE(map.contains(dead));
  EXPECT_TRUE(map.empty());
}

TEST(WeakKeyMap, K06_erasing_while_the_comparison_kills_other_keys) {
  policy_map map;
  objects_type keys;
  for (int i = 0; i < 8; ++i) {
    keys.push_back(track::make_shared<counted>(i * 2));  // one hash for all
    map.insert_or_assign(keys.back(), "");
  }
  value_equal::when_compared = [&] {
    if (!keys.empty()) {
      keys.pop_back();
    }
  };
  int erased = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto key = keys[i];
    erased += map.erase(key) ? 1 : 0;
  }
  value_equal::when_compared = nullptr;
  keys.clear();
  EXPECT_GT(erased, 0);
  EXPECT_TRUE(map.empty());
}

TEST(WeakKeyMap, K06_the_comparison_may_drop_the_compared_key_and_use_the_map) {
  policy_map map;
  auto stored = track::make_shared<counted>(2);
  const auto probe = track::make_shared<counted>(2);
  const weak_ref<counted> ref(stored);
  map.insert_or_assign(stored, "stored");
  int compared = 0;
  value_equal::when_compared = [&] {
    ++compared;
    stored.reset();
    EXPECT_FALSE(ref.expired()) << "the key is pinned while it is compared";
    EXPECT_EQ(map.size(), 1U);
  };
  (void)map.contains(probe);
  value_equal::when_compared = nullptr;
  EXPECT_EQ(compared, 1);
  EXPECT_TRUE(ref.expired());
  EXPECT_TRUE(map.empty());
}

TEST(WeakKeyMap, K07_extract_and_pop_any) {
  map_type map;
  auto keys = fill(map, 3);
  EXPECT_EQ(map.extract(keys[1]), "1");
  EXPECT_EQ(map.extract(keys[1]), std::nullopt);
  keys.erase(keys.begin());
  const auto popped = map.pop_any();
  ASSERT_TRUE(popped.has_value());
  EXPECT_EQ(popped->first, keys[1]);
  EXPECT_EQ(popped->second, "2");
  EXPECT_EQ(map.pop_any(), std::nullopt);
}

TEST(WeakKeyMap, K07_extract_moves_unless_the_value_is_being_read) {
  struct copies {
    explicit copies(int* c) : count(c) {}
    copies(const copies& other) : count(other.count) { ++*count; }
    copies(copies&&) noexcept = default;
    copies& operator=(const copies&) = delete;
    ~copies() = default;
    int* count;
  };
  weak_key_map<counted, copies> map;
  const auto key = track::make_shared<counted>();
  int count = 0;
  map.insert_or_assign(key, copies(&count));
  EXPECT_TRUE(map.extract(key).has_value());
  EXPECT_EQ(count, 0);
  map.insert_or_assign(key, copies(&count));
  map.for_each([&](counted&, const copies&) { EXPECT_TRUE(map.extract(key).has_value()); });
  EXPECT_EQ(count, 1);
  EXPECT_TRUE(map.empty());
}

TEST(WeakKeyMap, K08_get_or_insert) {
  map_type map;
  const auto key = track::make_shared<counted>();
  EXPECT_EQ(map.get_or_insert(key, "a"), "a");
  EXPECT_EQ(map.get_or_insert(key, "b"), "a");
  EXPECT_EQ(map.get(key), "a");
}

TEST(WeakKeyMap, K09_insert_range_and_union) {
  const auto a = track::make_shared<counted>(1);
  const auto b = track::make_shared<counted>(2);
  map_type left;
  left.insert_range(std::map<std::shared_ptr<counted>, std::string>{{a, "a"}});
  map_type right;
  right.insert_range(
      std::vector<std::pair<std::shared_ptr<counted>, std::string>>{{a, "A"}, {b, "B"}});
  const map_type all = left | right;
  EXPECT_EQ(all, right);
  EXPECT_EQ((right | left).get(a), "a");
  const std::map<std::shared_ptr<counted>, std::string> pairs = {{b, "b"}};
  EXPECT_EQ((right | pairs).get(b), "b");
  EXPECT_EQ((pairs | right).get(b), "B");
  left |= right;
  EXPECT_EQ(left, right);
  left |= pairs;
  EXPECT_EQ(left.get(b), "b");
  const auto& same = left;
  left |= same;
  EXPECT_EQ(left.size(), 2U);
  map_type from_snapshot;
  from_snapshot.insert_range(left.snapshot());
  EXPECT_EQ(from_snapshot, left);
}

TEST(WeakKeyMap, K10_construction_from_ranges_and_maps) {
  const auto a = track::make_shared<counted>(1);
  const std::map<std::shared_ptr<counted>, std::string> pairs = {{a, "a"}};
  const map_type from_pairs(pairs);
  const map_type from_map(from_pairs);
  EXPECT_EQ(from_map.get(a), "a");
  EXPECT_EQ(from_map, from_pairs);
}

TEST(WeakKeyMap, K11_copies_copy_values_without_the_lock) {
  struct reenters {
    explicit reenters(std::function<void()>* f) : when_copied(f) {}
    reenters(const reenters& other) : when_copied(other.when_copied) {
      if (*when_copied) {
        (*when_copied)();
      }
    }
    reenters& operator=(const reenters&) = delete;
    ~reenters() = default;
    std::function<void()>* when_copied;
  };
  weak_key_map<counted, reenters> map;
  const auto a = track::make_shared<counted>(1);
  const auto b = track::make_shared<counted>(2);
  std::function<void()> action;
  map.insert_or_assign(a, reenters(&action));
  map.insert_or_assign(b, reenters(&action));
  int copied = 0;
  action = [&] {
    ++copied;
    map.erase(b);
  };
  const auto copy = map;
  EXPECT_GE(copied, 2);
  EXPECT_EQ(copy.size(), 2U);
  EXPECT_EQ(map.size(), 1U);
  (void)map.get(a);
  action = nullptr;
  map.erase(a);
  EXPECT_TRUE(copy.contains(a));
}

TEST(WeakKeyMap, K11_copy_move_assignment_and_swap) {
  static_assert(std::is_nothrow_move_constructible_v<map_type>);
  map_type map;
  auto keys = fill(map, 5);
  map_type copy;
  copy = map;
  map_type moved(std::move(map));
  EXPECT_EQ(moved, copy);
  map_type other;
  other = std::move(moved);
  auto& same = other;
  swap(other, same);
  swap(other, copy);
  keys.pop_back();
  EXPECT_EQ(other.size(), 4U);
  EXPECT_EQ(copy.size(), 4U);
}

TEST(WeakKeyMap, K12_iteration_is_complete) {
  map_type map;
  auto keys = fill(map, 20);
  keys.resize(10);
  EXPECT_EQ(map.keys(), keys);
  EXPECT_EQ(map.values().size(), 10U);
  EXPECT_EQ(map.values()[3], "3");
  const auto snapshot = map.snapshot();
  ASSERT_EQ(snapshot.size(), 10U);
  for (std::size_t i = 0; i < snapshot.size(); ++i) {
    EXPECT_EQ(snapshot[i].first.lock(), keys[i]);
    EXPECT_EQ(snapshot[i].second, std::to_string(i));
  }
  std::size_t visited = 0;
  map.for_each([&](counted& key, const std::string& value) {
    EXPECT_EQ(std::to_string(key.value), value);
    ++visited;
  });
  EXPECT_EQ(visited, 10U);
  const auto refs = map.key_refs();
  keys.clear();
  ASSERT_EQ(refs.size(), 10U);
  EXPECT_TRUE(refs[0].expired());
}

TEST(WeakKeyMap, K13_keys_dying_and_mutation_during_iteration) {
  map_type map;
  auto keys = fill(map, 10);
  std::size_t left = 10;
  map.for_each([&](counted& key, const std::string& value) {
    const auto at = static_cast<std::size_t>(key.value);
    EXPECT_EQ(map.size(), left);
    keys[at].reset();
    EXPECT_EQ(value, std::to_string(at)) << "values in use stay";
    --left;  // it dies when this call returns
  });
  EXPECT_TRUE(map.empty());
  const auto more = fill(map, 10);
  map.for_each([&](counted& key, const std::string&) {
    map.insert_or_assign(more[static_cast<std::size_t>(key.value)], "x");
  });
  EXPECT_EQ(map.values(), std::vector<std::string>(10, "x"));
  map.for_each([&](counted&, const std::string&) { map.clear(); });
  EXPECT_TRUE(map.empty());
}

TEST(WeakKeyMap, K15_output_names_the_type) {
  map_type map;
  const auto keys = fill(map, 3);
  std::ostringstream out;
  out << map;
  EXPECT_EQ(out.str().find("<weak_key_map at 0x"), 0U);
  EXPECT_NE(out.str().find("3 entries"), std::string::npos);
}

TEST(WeakKeyMap, K16_a_value_that_owns_its_key_is_a_leak_until_it_is_erased) {
  weak_key_map<counted, std::shared_ptr<counted>> map;
  auto key = track::make_shared<counted>(1);
  const weak_ref<counted> ref(key);
  map.insert_or_assign(key, key);
  key.reset();
  EXPECT_FALSE(ref.expired()) << "there are no ephemerons";
  EXPECT_EQ(map.size(), 1U);
  map.for_each([&](const counted& k, const std::shared_ptr<counted>& v) {
    EXPECT_EQ(&k, v.get()) << "this is how the leak is detected";
  });
  map.clear();
  EXPECT_TRUE(ref.expired());
}

TEST(WeakKeyMap, with_reads_a_value_in_its_place_and_values_may_be_move_only) {
  weak_key_map<counted, std::unique_ptr<int>> map;
  const auto key = track::make_shared<counted>(1);
  map.insert_or_assign(key, std::make_unique<int>(4));
  EXPECT_EQ(map.with(key, [](const std::unique_ptr<int>& v) { return *v; }), 4);
  EXPECT_TRUE(map.with(key, [](const std::unique_ptr<int>&) {}));
  EXPECT_TRUE(map.erase(key));
  EXPECT_FALSE(map.with(key, [](const std::unique_ptr<int>&) {}));
}

}  // namespace
}  // namespace track
