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

TEST(WeakValueMap, V23_every_mutation_is_legal_during_iteration) {
  map_type map;
  auto values = fill(map, 20);
  objects_type more;
  map.for_each([&](const int& key, const counted&) {
    map.erase(key);
    more.push_back(track::make_shared<counted>(key));
    map.insert_or_assign(key + 100, more.back());
    map_type copy(map);
    EXPECT_EQ(copy.size(), 20U);
  });
  EXPECT_EQ(map.size(), 20U);
  map.for_each([&](const int&, const counted&) { map.clear(); });
  EXPECT_TRUE(map.empty());
}

TEST(WeakValueMap, V24_size_is_right_while_iterating_and_removing) {
  map_type map;
  auto values = fill(map, 10);
  std::size_t left = 10;
  map.for_each([&](const int& key, const counted&) {
    EXPECT_EQ(map.size(), left);
    map.erase(key);
    EXPECT_EQ(map.size(), --left);
  });
}

TEST(WeakValueMap, V27_death_of_the_old_value_leaves_the_new_one) {
  map_type map;
  auto old_value = track::make_shared<counted>(1);
  const auto new_value = track::make_shared<counted>(2);
  map.insert_or_assign(1, old_value);
  map.insert_or_assign(1, new_value);
  old_value.reset();
  EXPECT_EQ(map.get(1), new_value);
  EXPECT_EQ(map.size(), 1U);
}

TEST(WeakValueMap, V27_a_new_value_assigned_while_the_old_one_dies_stays) {
  map_type map;
  const auto fresh = track::make_shared<counted>(2);
  auto value = track::make_shared<counted>(1);
  map.insert_or_assign(1, value);
  // Newer than the map's node, so it runs before that.
  const weak_ref<counted> newest(value, [&](const dead_ref&) { map.insert_or_assign(1, fresh); });
  value.reset();
  EXPECT_EQ(map.get(1), fresh);
  EXPECT_EQ(map.size(), 1U);
}

TEST(WeakValueMap, V29_entries_do_not_own_the_map) {
  const auto value = track::make_shared<counted>();
  const std::size_t bytes = allocations::live_bytes();
  {
    weak_value_map<std::string, counted> map;
    map.insert_or_assign("a key that is too long for the string itself", value);
    EXPECT_GT(allocations::live_bytes(), bytes);
  }
  EXPECT_EQ(allocations::live_bytes(), bytes);
  EXPECT_EQ(weak_ref_count(value), 0U);
}

TEST(WeakValueMap, V30_output_names_the_type) {
  map_type map;
  const auto values = fill(map, 2);
  std::ostringstream out;
  out << map;
  EXPECT_EQ(out.str().find("<weak_value_map at 0x"), 0U);
  EXPECT_NE(out.str().find("2 entries"), std::string::npos);
}

TEST(WeakValueMap, V31_equality_and_empty) {
  map_type a;
  map_type b;
  EXPECT_TRUE(a.empty());
  EXPECT_EQ(a, b);
  const auto x = track::make_shared<counted>(1);
  const auto y = track::make_shared<counted>(1);
  a.insert_or_assign(1, x);
  EXPECT_FALSE(a.empty());
  EXPECT_NE(a, b);
  b.insert_or_assign(1, y);
  EXPECT_NE(a, b) << "objects are compared by identity";
  b.insert_or_assign(1, x);
  EXPECT_EQ(a, b);
  EXPECT_EQ(a, a);
  b.insert_or_assign(2, x);
  EXPECT_NE(a, b);
}

TEST(WeakValueMap, X02_object_by_id) {
  weak_value_map<std::uintptr_t, counted> objects;
  const auto remember = [&](const std::shared_ptr<counted>& object) {
    const auto id = reinterpret_cast<std::uintptr_t>(object.get());
    objects.insert_or_assign(id, object);
    return id;
  };
  auto object = track::make_shared<counted>(3);
  const std::uintptr_t id = remember(object);
  EXPECT_EQ(objects.get(id), object);
  object.reset();
  EXPECT_EQ(objects.get(id), nullptr);
}

// ---- owners (rows C)
// -----------------------------------------------------------------------------

TEST(WeakValueMap, C05_objects_with_hooks_and_tracked_objects) {
  weak_value_map<std::string, hooked_listener> map;
  std::optional<hooked_listener> listener;
  listener.emplace().value = 4;
  map.insert_or_assign("a", *listener);
  EXPECT_TRUE(map.contains("a"));
  EXPECT_EQ(map.get("a"), nullptr) << "no shared_ptr owns it";
  EXPECT_EQ(map.extract("a"), nullptr);
  EXPECT_EQ(map.pop_any(), std::nullopt);
  EXPECT_EQ(map.with("a", [](const hooked_listener& l) { return l.value; }), 4);
  EXPECT_EQ(map.with("b", [](const hooked_listener& l) { return l.value; }), std::nullopt);
  EXPECT_TRUE(map.with("a", [](hooked_listener& l) { l.value = 5; }));
  int sum = 0;
  map.for_each([&](const std::string&, const hooked_listener& l) { sum += l.value; });
  EXPECT_EQ(sum, 5);
  auto copy = map;
  EXPECT_EQ(copy, map);
  listener.reset();
  EXPECT_TRUE(map.empty());
  EXPECT_TRUE(copy.empty());
  EXPECT_FALSE(map.with("a", [](hooked_listener&) {}));

  weak_value_map<int, int> numbers;
  {
    tracked<int> number(std::in_place, 3);
    numbers.insert_or_assign(1, number);
    EXPECT_EQ(numbers.with(1, [](int& n) { return n; }), 3);
    EXPECT_EQ(numbers.get_or_insert(1, track::make_shared<int>(2)), nullptr);
    EXPECT_TRUE(numbers.erase(1));
    numbers.insert_or_assign(1, number);
  }
  EXPECT_TRUE(numbers.empty());
}

TEST(WeakValueMap, C06_entry_leaves_with_its_unique_member_or_stack_owner) {
  struct owner {
    tracked<counted> member{std::in_place, 1};
  };
  weak_value_map<int, counted> map;
  auto unique = std::make_unique<tracked<counted>>(std::in_place, 2);
  auto holder = std::make_unique<owner>();
  {
    tracked<counted> local(std::in_place, 3);
    map.insert_or_assign(1, *unique);
    map.insert_or_assign(2, holder->member);
    map.insert_or_assign(3, local);
    EXPECT_EQ(map.size(), 3U);
  }
  EXPECT_EQ(map.keys(), (std::vector<int>{1, 2}));
  holder.reset();
  EXPECT_EQ(map.keys(), (std::vector<int>{1}));
  unique.reset();
  EXPECT_TRUE(map.empty());
}

struct incomplete;
struct with_map_of_incomplete {
  weak_value_map<int, incomplete> map;
};

TEST(WeakValueMap, C07_const_void_array_abstract_and_incomplete) {
  auto value = track::make_shared<derived>(1);
  weak_value_map<int, const counted> constants;
  constants.insert_or_assign(1, value);
  EXPECT_EQ(constants.get(1), value);
  weak_value_map<int, void> anything;
  anything.insert_or_assign(1, value);
  EXPECT_EQ(anything.get(1), value);
  std::shared_ptr<int[]> array = track::adopt(std::make_unique<int[]>(3));
  weak_value_map<int, int[]> arrays;
  arrays.insert_or_assign(1, array);
  EXPECT_EQ(arrays.get(1), array);
  const with_map_of_incomplete empty;
  EXPECT_TRUE(empty.map.empty());
  array.reset();
  value.reset();
  EXPECT_TRUE(constants.empty());
  EXPECT_TRUE(anything.empty());
  EXPECT_TRUE(arrays.empty());
}

}  // namespace
}  // namespace track
