#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/weak_set_fixture.hpp"
#include <track/weak_set.hpp>

namespace track {
namespace {

using namespace testing_weak;

// A suite of its own: one source file, one fixture.
class WeakSetOwners : public set_operations {};

TEST_F(WeakSetOwners, C05_elements_of_hooks) {
  weak_set<hooked_listener> set;
  hooked_listener first;
  first.value = 1;
  {
    hooked_listener second;
    second.value = 2;
    EXPECT_TRUE(set.insert(first));
    EXPECT_TRUE(set.insert(second));
    EXPECT_FALSE(set.insert(second));
    EXPECT_TRUE(set.contains(second));
    int sum = 0;
    set.for_each([&](const hooked_listener& l) { sum += l.value; });
    EXPECT_EQ(sum, 3);
    EXPECT_EQ(set.pop(), nullptr) << "no shared_ptr owns them";
    EXPECT_TRUE(set.values().empty());
    const auto refs = set.snapshot();
    ASSERT_EQ(refs.size(), 2U);
    EXPECT_EQ(refs[1].with([](const hooked_listener& l) { return l.value; }), 2);
    const weak_set<hooked_listener> copy(set);
    EXPECT_EQ(copy, set);
  }
  EXPECT_EQ(set.size(), 1U);
  hooked_listener copied(first);
  EXPECT_FALSE(set.contains(copied)) << "references belong to an object, not to its value";
  EXPECT_TRUE(set.erase(first));
  weak_set<counted> shared_too;
  tracked<counted> local(std::in_place, 1);
  shared_too.insert(local);
  shared_too.insert(elements[0]);
  EXPECT_EQ(shared_too.size(), 2U);
  EXPECT_EQ(shared_too.pop(), elements[0]);
}

TEST_F(WeakSetOwners, C06_listeners_in_unique_ptrs_members_and_on_the_stack) {
  struct window {
    hooked_listener button;
  };
  weak_set<hooked_listener> listeners;
  auto unique = std::make_unique<hooked_listener>();
  auto owner = std::make_unique<window>();
  listeners.insert(*unique);
  listeners.insert(owner->button);
  {
    hooked_listener local;
    listeners.insert(local);
    EXPECT_EQ(listeners.size(), 3U);
  }
  EXPECT_EQ(listeners.size(), 2U);
  unique.reset();
  EXPECT_EQ(listeners.size(), 1U);
  owner.reset();
  EXPECT_TRUE(listeners.empty());
}

struct incomplete;
struct with_set_of_incomplete {
  weak_set<incomplete> set;
};
struct abstract {
  virtual ~abstract() = default;
  virtual int answer() const = 0;
};
struct concrete : abstract {
  int answer() const override { return 42; }
};

TEST_F(WeakSetOwners, C07_const_void_array_abstract_and_incomplete) {
  weak_set<const counted> constants;
  constants.insert(elements[0]);
  EXPECT_TRUE(constants.contains(elements[0]));
  weak_set<void> anything;
  anything.insert(elements[0]);
  EXPECT_EQ(anything.pop(), elements[0]);
  std::shared_ptr<int[]> array = track::adopt(std::make_unique<int[]>(3));
  weak_set<int[]> arrays;
  arrays.insert(array);
  arrays.for_each([](int& first) { first = 7; });
  EXPECT_EQ(array[0], 7);
  weak_set<abstract> interfaces;
  const auto object = track::make_shared<concrete>();
  interfaces.insert(object);
  int sum = 0;
  interfaces.for_each([&](const abstract& i) { sum += i.answer(); });
  EXPECT_EQ(sum, 42);
  EXPECT_TRUE(with_set_of_incomplete().set.empty());
}

struct joins_by_itself : std::enable_shared_from_this<joins_by_itself> {
  bool join(weak_set<joins_by_itself>& set) { return set.insert(weak_from_this()); }
};

TEST_F(WeakSetOwners, C08_weak_from_this_is_observable) {
  weak_set<joins_by_itself> set;
  auto object = track::make_shared<joins_by_itself>();
  EXPECT_TRUE(object->join(set));
  EXPECT_TRUE(set.contains(object));
  EXPECT_EQ(object.use_count(), 1);
  object.reset();
  EXPECT_TRUE(set.empty());
}

TEST_F(WeakSetOwners, every_allocation_of_every_operation_may_fail) {
  const set_type before_a = a;
  const set_type before_b = b;
  const auto unchanged = [&](bool) {
    EXPECT_EQ(a, before_a);
    EXPECT_EQ(b, before_b);
  };
  int failures = 0;
  failures += fail_every_allocation([&] { a.insert(elements[4]); }, unchanged);
  a.erase(elements[4]);
  failures += fail_every_allocation([&] { const set_type copy(a); }, unchanged);
  failures += fail_every_allocation([&] { const set_type copy(elements); }, unchanged);
  failures += fail_every_allocation([&] { (void)(a | b); }, unchanged);
  failures += fail_every_allocation([&] { (void)(a & b); }, unchanged);
  failures += fail_every_allocation([&] { (void)(a - b); }, unchanged);
  failures += fail_every_allocation([&] { (void)(a ^ b); }, unchanged);
  failures += fail_every_allocation([&] { (void)a.snapshot(); }, unchanged);
  failures += fail_every_allocation([&] { (void)a.values(); }, unchanged);
  failures += fail_every_allocation([&] { a.for_each([](counted&) {}); }, unchanged);
  failures += fail_every_allocation([&] { EXPECT_FALSE(a.subset_of(b)); }, unchanged);
  failures += fail_every_allocation([&] { EXPECT_FALSE(a == b); }, unchanged);
  failures += fail_every_allocation([&] { a &= std::as_const(a); }, unchanged);
  failures += fail_every_allocation([&] { a = before_a; }, unchanged);
  EXPECT_GE(failures, 40);
  // Sequences of single steps: what fails in the middle leaves a part, and nothing else.
  failures =
      fail_every_allocation([&] { a |= b; }, [&](bool) { EXPECT_TRUE(before_a.subset_of(a)); });
  EXPECT_GE(failures, 2);
  EXPECT_EQ(a, before_a | before_b);
  const std::size_t before = allocations::calls();
  EXPECT_TRUE(a.contains(elements[0]));
  EXPECT_TRUE(a.erase(elements[0]));
  EXPECT_NE(a.pop(), nullptr);
  a.clear();
  EXPECT_EQ(allocations::calls(), before) << "these take no memory";
}

TEST_F(WeakSetOwners, an_element_may_use_the_set_in_its_destructor_and_callbacks_may_destroy_it) {
  auto set = std::make_unique<weak_set<on_destruction>>();
  const auto other = track::make_shared<on_destruction>();
  auto element = track::make_shared<on_destruction>([&] {
    EXPECT_TRUE(set->empty());
    set->insert(other);
  });
  set->insert(element);
  element.reset();
  EXPECT_EQ(set->size(), 1U);
  auto last = track::make_shared<on_destruction>();
  set->insert(last);
  const weak_ref<on_destruction> ref(last, [&](const dead_ref&) { set.reset(); });
  last.reset();
  EXPECT_EQ(set, nullptr);
}

}  // namespace
}  // namespace track
