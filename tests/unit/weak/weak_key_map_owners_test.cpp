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

TEST(WeakKeyMap, C05_and_C06_keys_of_hooks) {
  weak_key_map<hooked_listener, std::string> map;
  hooked_listener local;
  {
    hooked_listener listener;
    EXPECT_FALSE(map.contains(listener));
    map.insert_or_assign(listener, "a");
    map.insert_or_assign(local, "local");
    EXPECT_EQ(map.get(listener), "a");
    EXPECT_EQ(map.get_or_insert(listener, "b"), "a");
    EXPECT_EQ(map.extract(listener), "a");
    map.insert_or_assign(listener, "c");
    int visited = 0;
    map.for_each([&](const hooked_listener&, const std::string&) { ++visited; });
    EXPECT_EQ(visited, 2);
    EXPECT_TRUE(map.keys().empty()) << "no shared_ptr owns them";
    EXPECT_EQ(map.pop_any(), std::nullopt);
    EXPECT_EQ(map.key_refs().size(), 2U);
  }
  EXPECT_EQ(map.size(), 1U);
  EXPECT_TRUE(map.erase(local));

  weak_key_map<counted, int> numbers;
  auto unique = std::make_unique<tracked<counted>>(std::in_place, 2);
  numbers.insert_or_assign(*unique, 1);
  EXPECT_EQ(numbers.get(*unique), 1);
  unique.reset();
  EXPECT_TRUE(numbers.empty());

  policy_map by_value;
  tracked<counted> a(std::in_place, 2);
  const auto b = track::make_shared<counted>(2);
  by_value.insert_or_assign(a, "a");
  EXPECT_EQ(by_value.get(b), "a");
  by_value.insert_or_assign(b, "b");
  EXPECT_EQ(by_value.get(a), "b");
  EXPECT_EQ(by_value.size(), 1U);
}

struct incomplete;
struct with_map_of_incomplete {
  weak_key_map<incomplete, int> map;
};

TEST(WeakKeyMap, C07_const_void_array_and_incomplete) {
  auto key = track::make_shared<counted>(1);
  weak_key_map<void, int> anything;
  anything.insert_or_assign(key, 1);
  EXPECT_EQ(anything.get(key), 1);
  std::shared_ptr<int[]> array = track::adopt(std::make_unique<int[]>(3));
  weak_key_map<int[], int> arrays;
  arrays.insert_or_assign(array, 2);
  EXPECT_EQ(arrays.get(array), 2);
  key.reset();
  array.reset();
  EXPECT_TRUE(anything.empty());
  EXPECT_TRUE(arrays.empty());
  EXPECT_TRUE(with_map_of_incomplete().map.empty());
}

// ---- pitfalls
// ------------------------------------------------------------------------------------

// Always at the same address.
struct at_one_place {
  static void* operator new(std::size_t) { return place; }
  static void operator delete(void*) noexcept {}
  alignas(std::max_align_t) inline static unsigned char place[16];
  int value = 0;
};

TEST(WeakKeyMap, an_address_that_is_used_again_is_another_key) {
  weak_key_map<at_one_place, std::string> map;
  auto key = track::make_shared<at_one_place>();
  const void* const where = key.get();
  const weak_ref<at_one_place> old_key(key);
  map.insert_or_assign(key, "old");
  const auto snapshot = map.snapshot();
  key.reset();
  key = track::make_shared<at_one_place>();
  EXPECT_EQ(key.get(), where);
  EXPECT_FALSE(map.contains(key));
  EXPECT_TRUE(map.empty());
  map.insert_or_assign(key, "new");
  map.insert_range(snapshot);
  EXPECT_FALSE(map.contains(old_key));
  EXPECT_EQ(map.get(key), "new");
  EXPECT_EQ(map.size(), 1U);
}

TEST(WeakKeyMap, R35_long_chains_of_values_that_own_further_keys_fit_into_the_stack) {
  struct node {
    int number = 0;
  };
  weak_key_map<node, std::shared_ptr<node>> next;
  constexpr std::size_t length = 100'000;
  auto first = track::make_shared<node>();
  std::shared_ptr<node> last = first;
  for (std::size_t i = 1; i < length; ++i) {
    auto fresh = track::make_shared<node>();
    next.insert_or_assign(last, fresh);
    last = std::move(fresh);
  }
  next.insert_or_assign(last, nullptr);
  const weak_ref<node> end(last);
  last.reset();
  EXPECT_EQ(next.size(), length);
  EXPECT_FALSE(end.expired());
  first.reset();
  EXPECT_TRUE(end.expired());
  EXPECT_TRUE(next.empty());
}

TEST(WeakKeyMap, a_destroyed_value_may_destroy_the_map) {
  using owned_map = weak_key_map<counted, std::shared_ptr<on_destruction>>;
  auto map = std::make_unique<owned_map>();
  auto key = track::make_shared<counted>();
  map->insert_or_assign(key, std::make_shared<on_destruction>([&] { map.reset(); }));
  key.reset();
  EXPECT_EQ(map, nullptr);
}

TEST(WeakKeyMap, throwing_hashes_comparisons_and_copies_change_nothing) {
  policy_map map;
  const auto a = track::make_shared<counted>(2);
  const auto b = track::make_shared<counted>(2);
  map.insert_or_assign(a, "a");
  for (bool* throws : {&value_hash::throws, &value_equal::throws}) {
    *throws = true;
    EXPECT_THROW(map.insert_or_assign(b, "b"), std::runtime_error);
    EXPECT_THROW(map.get_or_insert(b, "b"), std::runtime_error);
    EXPECT_THROW((void)map.get(b), std::runtime_error);
    EXPECT_THROW((void)map.erase(b), std::runtime_error);
    EXPECT_THROW((void)map.extract(b), std::runtime_error);
    EXPECT_THROW(map |= std::as_const(map), std::runtime_error);
    *throws = false;
    EXPECT_EQ(map.size(), 1U);
    EXPECT_EQ(map.get(a), "a");
    EXPECT_EQ(weak_ref_count(b), 0U);
  }
  weak_key_map<counted, moody_key> values;
  values.insert_or_assign(a, moody_key(1));
  const int alive = moody_key::alive;
  moody_key::copy_throws = true;
  EXPECT_THROW((void)values.get(a), std::runtime_error);
  EXPECT_THROW((void)values.values(), std::runtime_error);
  EXPECT_THROW((weak_key_map<counted, moody_key>(values)), std::runtime_error);
  EXPECT_THROW(values |= std::as_const(values), std::runtime_error);
  EXPECT_THROW((void)values.get_or_insert(b, moody_key(2)), std::runtime_error);
  values.for_each([&](counted&, const moody_key&) {
    EXPECT_THROW((void)values.extract(a), std::runtime_error) << "read by for_each, so copied";
    EXPECT_THROW((void)values.pop_any(), std::runtime_error);
  });
  moody_key::copy_throws = false;
  EXPECT_EQ(moody_key::alive, alive);
  EXPECT_EQ(values.size(), 1U);
}

TEST(WeakKeyMap, every_allocation_of_every_operation_may_fail) {
  const std::string text(100, 'v');
  const auto a = track::make_shared<counted>(1);
  const auto b = track::make_shared<counted>(3);
  const auto try_all = [&](auto map) {
    map.insert_or_assign(a, text);
    const auto unchanged = [&](bool) {
      EXPECT_EQ(map.size(), 1U);
      EXPECT_EQ(map.at(a), text);
      EXPECT_EQ(weak_ref_count(b), 0U);
    };
    using map_of_test = decltype(map);
    int failures = 0;
    failures += fail_every_allocation([&] { map.insert_or_assign(a, text); }, unchanged);
    failures += fail_every_allocation([&] { map.insert_or_assign(b, text); }, unchanged);
    map.erase(b);
    failures += fail_every_allocation([&] { (void)map.get_or_insert(b, text); }, unchanged);
    map.erase(b);
    failures += fail_every_allocation([&] { (void)map.get(a); }, unchanged);
    failures += fail_every_allocation([&] { const map_of_test copy(map); }, unchanged);
    failures += fail_every_allocation([&] { map |= std::as_const(map); }, unchanged);
    failures += fail_every_allocation([&] { (void)map.snapshot(); }, unchanged);
    failures += fail_every_allocation([&] { (void)map.keys(); }, unchanged);
    failures += fail_every_allocation([&] { (void)map.values(); }, unchanged);
    failures += fail_every_allocation([&] { (void)map.key_refs(); }, unchanged);
    failures += fail_every_allocation([&] { map.for_each([](auto&, auto&) {}); }, unchanged);
    failures += fail_every_allocation([&] { EXPECT_EQ(map, map); }, unchanged);
    failures += fail_every_allocation([&] { EXPECT_TRUE(map.extract(a).has_value()); }, unchanged);
    return failures;
  };
  EXPECT_GE(try_all(map_type()), 18);
  EXPECT_GE(try_all(policy_map()), 18);
}

}  // namespace
}  // namespace track
