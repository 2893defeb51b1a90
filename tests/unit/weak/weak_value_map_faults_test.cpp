// weak_value_map where things go wrong: callbacks and destructors that use it, exceptions, no
// memory.
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/container_support.hpp"
#include <track/weak_value_map.hpp>

namespace track {
namespace {

using namespace testing_weak;

using map_type = weak_value_map<int, counted>;

// ---- get_or_create
// -------------------------------------------------------------------------------

TEST(WeakValueMap, get_or_create_makes_once_while_the_value_lives) {
  map_type map;
  int made = 0;
  const auto make = [&] { return track::make_shared<counted>(++made); };
  auto value = map.get_or_create(1, make);
  EXPECT_EQ(map.get_or_create(1, make), value);
  EXPECT_EQ(made, 1);
  value.reset();
  EXPECT_EQ(map.get_or_create(1, make)->value, 2);
  EXPECT_TRUE(map.empty());
}

TEST(WeakValueMap, get_or_create_passes_exceptions_and_null_on_and_can_be_asked_again) {
  map_type map;
  EXPECT_THROW(
      map.get_or_create(1, []() -> std::shared_ptr<counted> { throw std::runtime_error("no"); }),
      std::runtime_error);
  EXPECT_EQ(map.get_or_create(1, []() -> std::shared_ptr<counted> { return nullptr; }), nullptr);
  EXPECT_THROW(map.get_or_create(1, [] { return std::make_shared<counted>(); }), not_observable);
  EXPECT_TRUE(map.empty());
  const auto value = map.get_or_create(1, [] { return track::make_shared<derived>(3); });
  EXPECT_EQ(value->value, 3);
  EXPECT_EQ(map.size(), 1U);
}

TEST(WeakValueMap, get_or_create_of_its_own_key_is_refused_and_others_nest) {
  map_type map;
  std::shared_ptr<counted> inner;
  const auto value = map.get_or_create(1, [&] {
    inner = map.get_or_create(2, [] { return track::make_shared<counted>(2); });
    EXPECT_THROW(map.get_or_create(1, [] { return track::make_shared<counted>(0); }),
                 std::system_error);
    EXPECT_EQ(map.get(1), nullptr);
    EXPECT_EQ(map.size(), 1U);
    return track::make_shared<counted>(1);
  });
  EXPECT_EQ(map.get(1), value);
  EXPECT_EQ(map.get(2), inner);
}

TEST(WeakValueMap, get_or_create_yields_to_a_value_assigned_meanwhile) {
  map_type map;
  const auto assigned = track::make_shared<counted>(7);
  const auto got = map.get_or_create(1, [&] {
    map.insert_or_assign(1, assigned);
    return track::make_shared<counted>(1);
  });
  EXPECT_EQ(got, assigned);
  EXPECT_EQ(map.size(), 1U);
}

TEST(WeakValueMap, get_or_create_whose_make_clears_swaps_or_destroys_the_map) {
  auto map = std::make_unique<map_type>();
  const auto kept = fill(*map, 10);
  auto got = map->get_or_create(50, [&] {
    map->clear();
    return track::make_shared<counted>(1);
  });
  EXPECT_EQ(map->get(50), got);

  map_type other;
  const auto more = fill(other, 3, 100);
  const auto moved = map->get_or_create(51, [&] {
    swap(*map, other);
    return track::make_shared<counted>(2);
  });
  EXPECT_EQ(other.get(51), moved) << "the creation went with the entries";
  EXPECT_EQ(map->size(), 3U);

  const auto last = map->get_or_create(52, [&] {
    map.reset();
    return track::make_shared<counted>(3);
  });
  EXPECT_EQ(last->value, 3);
  EXPECT_EQ(weak_ref_count(last), 0U);
}

TEST(WeakValueMap, foreign_empty_and_dead_values_are_refused) {
  map_type map;
  const auto kept = track::make_shared<counted>(1);
  map.insert_or_assign(1, kept);
  const auto foreign = std::make_shared<counted>();
  EXPECT_THROW(map.insert_or_assign(1, foreign), not_observable);
  EXPECT_THROW(map.insert_or_assign(1, std::shared_ptr<counted>()), not_observable);
  EXPECT_THROW(map.get_or_insert(1, foreign), not_observable);
  const weak_ref<counted> dead(track::make_shared<counted>());
  EXPECT_THROW(map.insert_or_assign(1, dead), not_observable);
  EXPECT_EQ(map.get(1), kept);
  const auto adopted = track::adopt(foreign);
  map.insert_or_assign(2, adopted);
  EXPECT_EQ(map.get(2), adopted);
}

TEST(WeakValueMap, a_value_is_refused_by_its_own_death) {
  map_type map;
  auto value = track::make_shared<counted>();
  weak_ref<counted> plain(value);
  bool refused = false;
  const weak_ref<counted> ref(value, [&](const dead_ref&) {
    try {
      map.insert_or_assign(1, plain);
    } catch (const not_observable&) {
      refused = true;
    }
  });
  value.reset();
  EXPECT_TRUE(refused);
  EXPECT_TRUE(map.empty());
}

// ---- pitfalls
// ------------------------------------------------------------------------------------

TEST(WeakValueMap, a_callback_may_destroy_the_map) {
  auto map = std::make_unique<map_type>();
  auto value = track::make_shared<counted>();
  map->insert_or_assign(1, value);
  const weak_ref<counted> newer(value, [&](const dead_ref&) { map.reset(); });
  map->insert_or_assign(2, value);
  value.reset();
  EXPECT_EQ(map, nullptr);
}

TEST(WeakValueMap, a_key_that_is_destroyed_may_destroy_the_map) {
  struct key {
    std::shared_ptr<on_destruction> last;
    bool operator==(const key&) const = default;
  };
  struct hash {
    std::size_t operator()(const key&) const { return 1; }
  };
  using owned_map = weak_value_map<key, counted, hash>;
  auto map = std::make_unique<owned_map>();
  auto value = track::make_shared<counted>();
  map->insert_or_assign(key{std::make_shared<on_destruction>([&] { map.reset(); })}, value);
  value.reset();
  EXPECT_EQ(map, nullptr);

  map = std::make_unique<owned_map>();
  value = track::make_shared<counted>();
  map->insert_or_assign(key{std::make_shared<on_destruction>([&] { map.reset(); })}, value);
  map->clear();
  EXPECT_EQ(map, nullptr);
}

TEST(WeakValueMap, comparisons_may_drop_the_last_reference_to_values) {
  weak_value_map<moody_key, counted, moody_hash> map;
  objects_type values;
  for (int i = 0; i < 6; ++i) {
    values.push_back(track::make_shared<counted>(i));
    map.insert_or_assign(moody_key(i), values.back());
  }
  moody_key::when_compared = [&] {
    if (values.size() > 1) {
      values.pop_back();
    }
  };
  EXPECT_EQ(map.get(moody_key(0)), values[0]);
  EXPECT_FALSE(map.erase(moody_key(4)));
  moody_key::when_compared = nullptr;
  EXPECT_EQ(map.size(), values.size());
}

TEST(WeakValueMap, comparisons_may_use_the_map) {
  weak_value_map<moody_key, counted, moody_hash> map;
  const auto value = track::make_shared<counted>(1);
  map.insert_or_assign(moody_key(1), value);
  bool inside = false;
  moody_key::when_compared = [&] {
    if (!std::exchange(inside, true)) {
      map.insert_or_assign(moody_key(3), value);
      map.insert_or_assign(moody_key(1), value);
    }
  };
  EXPECT_TRUE(map.erase(moody_key(1)));
  moody_key::when_compared = nullptr;
  EXPECT_EQ(map.size(), 1U);
  EXPECT_EQ(map.get(moody_key(3)), value);
}

TEST(WeakValueMap, the_last_reference_dropped_inside_calls) {
  map_type map;
  map.insert_or_assign(1, track::make_shared<counted>(1));
  EXPECT_TRUE(map.empty()) << "the temporary was the last reference";
  EXPECT_EQ(map.get_or_insert(1, track::make_shared<counted>(2))->value, 2);
  EXPECT_TRUE(map.empty());
  auto value = track::make_shared<counted>(3);
  map.insert_or_assign(1, value);
  auto refs = map.snapshot();
  value.reset();
  EXPECT_TRUE(map.empty());
  EXPECT_TRUE(refs[0].second.expired());
}

TEST(WeakValueMap, a_value_may_use_the_map_in_its_destructor) {
  weak_value_map<int, on_destruction> map;
  const auto other = track::make_shared<on_destruction>();
  auto value = track::make_shared<on_destruction>([&] {
    EXPECT_FALSE(map.contains(1));
    map.insert_or_assign(2, other);
    map.erase(1);
  });
  map.insert_or_assign(1, value);
  value.reset();
  EXPECT_EQ(map.size(), 1U);
}

TEST(WeakValueMap, throwing_hashes_comparisons_and_copies_change_nothing) {
  using moody_map = weak_value_map<moody_key, counted, moody_hash>;
  moody_map map;
  const auto a = track::make_shared<counted>(1);
  const auto b = track::make_shared<counted>(2);
  for (int i = 0; i < 4; ++i) {
    map.insert_or_assign(moody_key(i), a);
  }
  const int keys = moody_key::alive;
  bool* const moods[] = {&moody_key::hash_throws, &moody_key::equal_throws,
                         &moody_key::copy_throws};
  int thrown = 0;
  const auto attempt = [&](bool* mood, auto operation) {
    const moody_key key(2);
    *mood = true;
    try {
      operation(key);
    } catch (const std::runtime_error&) {
      ++thrown;
    }
    *mood = false;
  };
  for (bool* mood : moods) {
    attempt(mood, [&](const moody_key& k) { map.insert_or_assign(moody_key(k.value), b); });
    attempt(mood, [&](const moody_key& k) { (void)map.get_or_insert(moody_key(k.value), b); });
    attempt(mood, [&](const moody_key& k) { (void)map.get(k); });
    attempt(mood, [&](const moody_key&) { (void)map.snapshot(); });
    attempt(mood, [&](const moody_key&) { (void)map.keys(); });
    attempt(mood, [&](const moody_key&) { const moody_map copy(map); });
    attempt(mood, [&](const moody_key&) { map |= std::as_const(map); });
    attempt(mood, [&](const moody_key&) { EXPECT_EQ(map, map); });
    attempt(mood, [&](const moody_key& k) {
      if (mood != &moody_key::copy_throws) {
        map.erase(k);
      } else {
        (void)map.pop_any();
      }
    });
    attempt(mood, [&](const moody_key&) { map.get_or_create(moody_key(8), [&] { return b; }); });
    for (int i = 0; i < 4; ++i) {
      (void)map.get_or_insert(moody_key(i), a);  // pop_any may have taken it
    }
    map.erase(moody_key(8));
    EXPECT_EQ(map.size(), 4U);
    EXPECT_EQ(moody_key::alive, keys);
    for (int i = 0; i < 4; ++i) {
      EXPECT_TRUE(map.contains(moody_key(i)));
    }
  }
  EXPECT_GE(thrown, 15);
}

TEST(WeakValueMap, every_allocation_of_every_operation_may_fail) {
  using string_map = weak_value_map<std::string, counted>;
  const std::string long_key(100, 'k');
  const auto a = track::make_shared<counted>(1);
  const auto b = track::make_shared<counted>(2);
  string_map map;
  map.insert_or_assign(long_key, a);
  const auto unchanged = [&](bool) {
    EXPECT_EQ(map.size(), 1U);
    EXPECT_EQ(map.get(long_key), a);
    EXPECT_EQ(weak_ref_count(b), 0U);
  };
  int failures = 0;
  failures += fail_every_allocation([&] { map.insert_or_assign(long_key, b); }, unchanged);
  map.insert_or_assign(long_key, a);
  failures += fail_every_allocation([&] { (void)map.get_or_insert(long_key + "2", b); }, unchanged);
  map.erase(long_key + "2");
  failures += fail_every_allocation(
      [&] {
        (void)map.get_or_create(long_key + "3", [] { return track::make_shared<counted>(); });
      },
      unchanged);
  failures += fail_every_allocation([&] { const string_map copy(map); }, unchanged);
  failures += fail_every_allocation([&] { (void)(map | map); }, unchanged);
  failures += fail_every_allocation([&] { (void)map.snapshot(); }, unchanged);
  failures += fail_every_allocation([&] { (void)map.keys(); }, unchanged);
  failures += fail_every_allocation([&] { (void)map.values(); }, unchanged);
  failures += fail_every_allocation([&] { (void)map.value_refs(); }, unchanged);
  failures += fail_every_allocation([&] { map.for_each([](auto&, auto&) {}); }, unchanged);
  failures += fail_every_allocation([&] { EXPECT_EQ(map, map); }, unchanged);
  failures += fail_every_allocation(
      [&] {
        string_map other;
        swap(map, other);
        swap(map, other);
      },
      unchanged);
  EXPECT_GE(failures, 20);
  const std::size_t before = allocations::calls();
  EXPECT_EQ(map.get(long_key), a);
  EXPECT_TRUE(map.contains(long_key));
  EXPECT_EQ(map.extract(long_key), a);
  EXPECT_EQ(allocations::calls(), before) << "these take no memory";
}

TEST(WeakValueMap, insertion_goes_on_when_the_table_cannot_grow) {
  map_type map;
  objects_type values;
  for (int i = 0; i < 1000; ++i) {
    values.push_back(track::make_shared<counted>(i));
    const auto& value = values.back();
    const int failures =
        fail_every_allocation([&] { map.insert_or_assign(i, value); },
                              [&](bool failed) { EXPECT_EQ(map.contains(i), !failed); });
    EXPECT_GE(failures, 1);
  }
  EXPECT_EQ(map.size(), 1000U);
  EXPECT_EQ(map.values(), values);
}

TEST(WeakValueMap, deaths_take_no_memory) {
  map_type map;
  auto values = fill(map, 100);
  const std::size_t before = allocations::calls();
  {
    const allocations::failing_from now(0);
    values.clear();
  }
  EXPECT_EQ(allocations::calls(), before);
  EXPECT_TRUE(map.empty());
}

constinit map_type static_map;  // usable before and after every other static object

TEST(WeakValueMap, an_empty_map_takes_no_memory_and_is_initialised_statically) {
  static_assert(sizeof(map_type) == sizeof(void*));
  const std::size_t before = allocations::calls();
  map_type map;
  EXPECT_EQ(map.get(1), nullptr);
  EXPECT_FALSE(map.erase(1));
  EXPECT_EQ(map.pop_any(), std::nullopt);
  map.clear();
  EXPECT_TRUE(static_map.empty());
  EXPECT_EQ(allocations::calls(), before);
}

TEST(WeakValueMap, many_entries_are_found_and_leave) {
  map_type map;
  constexpr int n = 20000;
  auto values = fill(map, n);
  for (int i = 0; i < n; ++i) {
    ASSERT_EQ(map.get(i), values[static_cast<std::size_t>(i)]);
  }
  for (int i = 0; i < n; i += 2) {
    values[static_cast<std::size_t>(i)].reset();
  }
  EXPECT_EQ(map.size(), static_cast<std::size_t>(n / 2));
  for (int i = 0; i < n; ++i) {
    ASSERT_EQ(map.contains(i), i % 2 == 1);
  }
}

}  // namespace
}  // namespace track
