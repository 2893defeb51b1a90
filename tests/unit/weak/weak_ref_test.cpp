// What a weak_ref is without callbacks: rows R01-R04, R13-R27 in part, R42-R44, C07.
#include <memory>
#include <sstream>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/allocations.hpp"
#include "tests/unit/weak/objects.hpp"
#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace {

using objects::base;
using objects::derived;
using objects::other_base;
using objects::point;
using track::weak_ref;
using track::weak_ref_count;
using track::weak_refs;

template <class X>
std::string printed(const X& x) {
  std::ostringstream out;
  out << x;
  return out.str();
}

TEST(WeakRef, R01_lock_gives_the_same_object) {
  const auto object = track::make_shared<point>(3, 4);
  const weak_ref<point> ref(object);
  EXPECT_EQ(ref.lock(), object);
  EXPECT_EQ(ref.lock().get(), object.get());
  EXPECT_FALSE(ref.expired());

  const auto foreign = std::make_shared<point>();
  EXPECT_EQ(weak_ref<point>(foreign).lock(), foreign);
}

TEST(WeakRef, R02_a_dead_object_gives_nothing_for_ever) {
  auto object = track::make_shared<point>();
  const weak_ref<point> ref(object);
  const weak_ref<point> copy = ref;
  object.reset();
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(ref.lock(), nullptr);
    EXPECT_TRUE(ref.expired());
    EXPECT_EQ(copy.lock(), nullptr);
    object = track::make_shared<point>();  // perhaps at the same address
  }
  EXPECT_EQ(weak_ref<point>().lock(), nullptr);
  EXPECT_TRUE(weak_ref<point>().expired());
  EXPECT_EQ(weak_ref<point>(std::shared_ptr<point>()).lock(), nullptr);
}

TEST(WeakRef, R03_a_ref_keeps_neither_object_nor_storage) {
  struct big {
    char bytes[1 << 20];
  };
  auto object = track::make_shared<big>();
  const std::size_t before = allocations::live_bytes();
  const weak_ref<big> ref(object);
  const std::vector<weak_ref<big>> more(10, ref);
  EXPECT_EQ(object.use_count(), 1);
  object.reset();
  EXPECT_TRUE(ref.expired());
  EXPECT_LE(allocations::live_bytes() + sizeof(big), before + 10 * sizeof ref + 64);
}

TEST(WeakRef, R03_what_a_dead_object_holds_is_at_most_64_bytes) {
  const std::size_t before = allocations::live_bytes();
  auto object = track::make_shared<point>();
  const weak_ref<point> ref(object);
  object.reset();
  EXPECT_GT(allocations::live_bytes(), before);
  EXPECT_LE(allocations::live_bytes(), before + 64);
}

TEST(WeakRef, R03_adopted_objects_return_their_storage_too) {
  struct big {
    char bytes[1 << 20];
  };
  const std::size_t before = allocations::live_bytes();
  auto unique = track::adopt(std::make_unique<big>());
  auto foreign = track::adopt(std::shared_ptr<big>(new big));
  const weak_ref<big> first(unique);
  const weak_ref<big> second(foreign);
  EXPECT_GE(allocations::live_bytes(), before + 2 * sizeof(big));
  unique.reset();
  foreign.reset();
  EXPECT_LE(allocations::live_bytes(), before + 128);
}

TEST(WeakRef, R04_printing_never_fails) {
  auto object = track::make_shared<point>();
  const weak_ref<point> ref(object);
  std::ostringstream address;
  address << static_cast<const void*>(object.get());
  EXPECT_EQ(printed(ref), "weak_ref<objects::point>(" + address.str() + ")");
  EXPECT_EQ(to_string(ref), printed(ref));
  object.reset();
  EXPECT_EQ(printed(ref), "weak_ref<objects::point>(" + address.str() + ", dead)");
  EXPECT_EQ(printed(weak_ref<point>()), "weak_ref<objects::point>(empty)");
}

TEST(WeakRef, R15_R16_every_handle_counts_while_it_exists) {
  const auto object = track::make_shared<point>();
  EXPECT_EQ(weak_ref_count(object), 0U);
  {
    const weak_ref<point> first(object);
    EXPECT_EQ(weak_ref_count(object), 1U);
    const weak_ref<point> second(object);
    const weak_ref<point> copy(second);
    EXPECT_EQ(weak_ref_count(object), 3U);
    weak_ref<point> with_callback(object, [](const track::dead_ref&) {});
    const weak_ref<point> its_copy(with_callback);
    EXPECT_EQ(weak_ref_count(object), 5U);
    weak_ref<point> moved(std::move(with_callback));
    EXPECT_EQ(weak_ref_count(object), 5U);
    moved.reset();
    EXPECT_EQ(weak_ref_count(object), 4U);
  }
  EXPECT_EQ(weak_ref_count(object), 0U);
}

TEST(WeakRef, R16_assignments_and_moves_keep_the_count) {
  const auto object = track::make_shared<point>();
  const auto another = track::make_shared<point>();
  {
    weak_ref<point> a(object);
    weak_ref<point> b(another, [](const track::dead_ref&) {});
    weak_ref<point>& same = a;
    a = same;
    EXPECT_EQ(weak_ref_count(object), 1U);
    a = std::move(same);
    EXPECT_EQ(weak_ref_count(object), 1U);
    EXPECT_EQ(a.lock(), object);
    swap(a, a);
    swap(a, b);
    EXPECT_EQ(a.lock(), another);
    EXPECT_TRUE(a.has_callback());
    b = a;
    EXPECT_EQ(weak_ref_count(object), 0U);
    EXPECT_EQ(weak_ref_count(another), 2U);
    a = {};
    EXPECT_EQ(weak_ref_count(another), 1U);
    EXPECT_TRUE(b.has_callback());
  }
  EXPECT_EQ(weak_ref_count(another), 0U);
}

TEST(WeakRef, R18_foreign_objects_have_no_list_and_no_callbacks) {
  const auto foreign = std::make_shared<point>();
  const weak_ref<point> ref(foreign);
  EXPECT_EQ(weak_ref_count(foreign), 0U);
  EXPECT_TRUE(weak_refs(foreign).empty());
  EXPECT_THROW(weak_ref<point>(foreign, [](const track::dead_ref&) {}), track::not_observable);
  EXPECT_THROW(weak_ref<point>(std::shared_ptr<point>(), [](const track::dead_ref&) {}),
               track::not_observable);
  EXPECT_EQ(foreign.use_count(), 1);
  static_assert(!std::is_constructible_v<weak_ref<point>, point*>);
}

TEST(WeakRef, R18_adopt_makes_a_foreign_one_observable) {
  auto foreign = std::make_shared<point>(1, 2);
  auto object = track::adopt(foreign);
  EXPECT_EQ(object.get(), foreign.get());
  int deaths = 0;
  const weak_ref<point> ref(object, [&](const track::dead_ref&) { ++deaths; });
  EXPECT_EQ(track::adopt(object), object);
  EXPECT_EQ(weak_ref_count(track::adopt(object)), 1U);
  object.reset();
  EXPECT_EQ(deaths, 1);
  EXPECT_EQ(foreign.use_count(), 1);  // other foreign handles may outlive the death
  EXPECT_EQ(track::adopt(std::shared_ptr<point>()), nullptr);
  EXPECT_EQ(track::adopt(std::unique_ptr<point>()), nullptr);
}

TEST(WeakRef, R19_equal_means_the_same_object_equal_values_the_same_value) {
  const auto one = track::make_shared<point>(1, 2);
  const auto twin = track::make_shared<point>(1, 2);
  auto different = track::make_shared<point>(3, 4);
  const weak_ref<point> a(one);
  const weak_ref<point> b(one, [](const track::dead_ref&) {});
  const weak_ref<point> c(twin);
  const weak_ref<point> d(different);
  EXPECT_TRUE(a == b);
  EXPECT_TRUE(a != c);
  EXPECT_TRUE(equal_values(a, c));
  EXPECT_FALSE(equal_values(a, d));
  different.reset();
  EXPECT_FALSE(equal_values(a, d));
  EXPECT_TRUE(equal_values(d, weak_ref<point>(d)));
}

TEST(WeakRef, R20_equality_outlives_the_object) {
  auto one = track::make_shared<point>();
  auto two = track::make_shared<point>();
  const weak_ref<point> a(one);
  const weak_ref<point> b(one);
  const weak_ref<point> c(two);
  one.reset();
  two.reset();
  EXPECT_TRUE(a == b);
  EXPECT_FALSE(a == c);
  EXPECT_FALSE(a == weak_ref<point>());
  EXPECT_TRUE(weak_ref<point>() == weak_ref<point>());
}

TEST(WeakRef, R22_owner_order_is_for_containers_and_stable) {
  auto one = track::make_shared<point>();
  const auto two = track::make_shared<point>();
  const weak_ref<point> a(one);
  const weak_ref<point> b(two);
  const bool before = a.owner_before(b);
  EXPECT_NE(before, b.owner_before(a));
  EXPECT_FALSE(a.owner_before(weak_ref<point>(one)));
  one.reset();
  EXPECT_EQ(a.owner_before(b), before);
}

TEST(WeakRef, R23_the_hash_outlives_the_object) {
  auto one = track::make_shared<point>();
  const weak_ref<point> a(one);
  const weak_ref<point> b(one, [](const track::dead_ref&) {});
  const std::hash<weak_ref<point>> hash;
  const std::size_t alive = hash(a);
  EXPECT_EQ(hash(b), alive);
  std::unordered_set<weak_ref<point>> set{a, b, weak_ref<point>(track::make_shared<point>())};
  EXPECT_EQ(set.size(), 2U);
  one.reset();
  EXPECT_EQ(hash(a), alive);
  EXPECT_EQ(set.count(a), 1U);
}

TEST(WeakRef, R42_lock_then_test_is_the_access) {
  auto object = track::make_shared<point>(7, 0);
  const weak_ref<point> ref(object);
  if (const auto held = ref.lock()) {
    object.reset();
    EXPECT_EQ(held->x, 7);
    EXPECT_FALSE(ref.expired());
  } else {
    FAIL();
  }
  EXPECT_TRUE(ref.expired());
}

TEST(WeakRef, R42_with_keeps_the_object_for_the_call) {
  auto object = track::make_shared<point>(7, 0);
  const weak_ref<point> ref(object);
  const auto seen = ref.with([&](point& p) {
    object.reset();
    EXPECT_FALSE(ref.expired());
    return p.x;
  });
  EXPECT_EQ(seen, 7);
  EXPECT_EQ(ref.with([](point& p) { return p.x; }), std::nullopt);
  EXPECT_FALSE(ref.with([](point&) {}));
}

TEST(WeakRef, R44_one_life_through_base_alias_and_const) {
  auto object = track::make_shared<derived>();
  const std::shared_ptr<base> as_base = object;
  const std::shared_ptr<other_base> as_other = object;
  const std::shared_ptr<const derived> as_const = object;
  const std::shared_ptr<void> as_void = object;
  const std::shared_ptr<int> member(object, &object->third);
  int deaths = 0;
  const auto count = [&](const track::dead_ref&) { ++deaths; };
  const weak_ref<base> a(as_base, count);
  const weak_ref<other_base> b(as_other, count);
  const weak_ref<const derived> c(as_const, count);
  const weak_ref<void> d(as_void, count);
  const weak_ref<int> e(member, count);
  EXPECT_EQ(weak_ref_count(object), 5U);
  EXPECT_EQ(weak_ref_count(member), 5U);
  EXPECT_EQ(e.lock().get(), &object->third);
  const weak_ref<derived> whole(object);
  const weak_ref<base> upcast(whole);
  const weak_ref<base> moved(weak_ref<derived>{object});
  EXPECT_EQ(upcast.lock().get(), object.get());
  EXPECT_TRUE(upcast == a);
  EXPECT_EQ(weak_ref_count(object), 8U);
  EXPECT_EQ(object.use_count(), 6);
  static_assert(!std::is_constructible_v<weak_ref<derived>, weak_ref<base>>);
}

TEST(WeakRef, R44_upcasting_a_ref_shares_its_registration) {
  auto object = track::make_shared<derived>();
  int deaths = 0;
  weak_ref<derived> ref(object, [&](const track::dead_ref&) { ++deaths; });
  const weak_ref<base> upcast(ref);
  EXPECT_EQ(upcast.id(), ref.id());
  ref.reset();
  object.reset();
  EXPECT_EQ(deaths, 1);
}

struct incomplete;
struct holds_incomplete {
  weak_ref<incomplete> ref;
};

struct abstract {
  virtual ~abstract() = default;
  virtual int value() const = 0;
};
struct concrete final : abstract {
  int value() const override { return 5; }
};

TEST(WeakRef, C07_const_void_array_abstract_and_incomplete_types) {
  const auto constant = track::make_shared<const point>(1, 2);
  EXPECT_EQ(weak_ref<const point>(constant).lock()->y, 2);

  int deaths = 0;
  auto object = track::make_shared<point>();
  const weak_ref<void> untyped(object, [&](const track::dead_ref& dead) {
    ++deaths;
    EXPECT_EQ(*dead.type, typeid(void));
  });
  EXPECT_EQ(untyped.lock().get(), object.get());
  object.reset();

  auto array = track::adopt(std::make_unique<point[]>(3));
  const weak_ref<point[]> of_array(array, [&](const track::dead_ref&) { ++deaths; });
  EXPECT_EQ(&of_array.lock()[2], &array[2]);
  array.reset();

  std::shared_ptr<abstract> interface = track::make_shared<concrete>();
  const weak_ref<abstract> of_abstract(interface, [&](const track::dead_ref&) { ++deaths; });
  EXPECT_EQ(of_abstract.with([](const abstract& a) { return a.value(); }), 5);
  interface.reset();
  EXPECT_EQ(deaths, 3);

  const holds_incomplete member;
  const weak_ref<incomplete> copy(member.ref);
  EXPECT_TRUE(copy.expired());
  EXPECT_EQ(copy.lock(), nullptr);
  EXPECT_TRUE(copy == member.ref);
}

TEST(WeakRef, C07_aligned_and_self_allocating_types) {
  struct alignas(256) aligned {
    int value = 3;
  };
  auto object = track::make_shared<aligned>();
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(object.get()) % 256, 0U);
  const weak_ref<aligned> ref(object);
  object.reset();
  EXPECT_TRUE(ref.expired());
}

}  // namespace
