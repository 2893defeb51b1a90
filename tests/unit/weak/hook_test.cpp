// Objects that no shared_ptr owns: hook, tracked<T>, hooked. Rows C05-C08, and the traps of hooks.
#include <atomic>
#include <latch>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/objects.hpp"
#include <track/detail/in_place_life.hpp>
#include <track/finalize.hpp>
#include <track/hook.hpp>
#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace {

using objects::listener;
using objects::point;
using track::dead_ref;
using track::tracked;
using track::weak_ref;

using log = std::vector<std::string>;

TEST(Hook, C06_member_stack_and_unique_objects_expire_with_their_owner) {
  struct window {
    listener button;
  };
  int deaths = 0;
  const auto count = [&](const dead_ref&) { ++deaths; };
  auto owner = std::make_unique<window>();
  auto value = std::make_unique<tracked<point>>(std::in_place, 1, 2);
  const weak_ref of_member(owner->button, count);
  const weak_ref of_value(*value, count);
  std::optional<weak_ref<listener>> of_local;
  {
    listener local;
    of_local.emplace(local, count);
    EXPECT_TRUE(of_local->with([](listener& l) { l.hear(1); }));
    EXPECT_EQ(local.heard, 1);
    EXPECT_EQ(track::weak_ref_count(local), 1U);
  }
  EXPECT_EQ(deaths, 1);
  EXPECT_TRUE(of_local->expired());
  EXPECT_FALSE(of_local->with([](listener&) {}));
  EXPECT_EQ(of_value.with([](point& p) { return p.y; }), 2);
  value.reset();
  owner.reset();
  EXPECT_EQ(deaths, 3);
  EXPECT_TRUE(of_member.expired());
  EXPECT_TRUE(of_value.expired());
}

TEST(Hook, C05_finalizers_and_refs_take_hooked_owners_and_lock_gives_none) {
  log order;
  std::optional<tracked<point>> value;
  value.emplace();
  const weak_ref<point> ref(*value, [&](const dead_ref&) { order.push_back("callback"); });
  auto handle = track::finalize(*value, [&] { order.push_back("finalizer"); });
  EXPECT_EQ(ref.lock(), nullptr);
  EXPECT_FALSE(ref.expired());
  EXPECT_EQ(handle.peek()->object, nullptr);
  EXPECT_TRUE(handle.peek()->ref == ref);
  EXPECT_EQ(track::weak_refs(*value).size(), 2U);
  value.reset();
  EXPECT_EQ(order, (log{"finalizer", "callback"}));
  EXPECT_FALSE(handle.alive());
}

TEST(Hook, C05_a_hook_may_have_any_name_or_be_found_by_a_function) {
  struct quiet {
    int value = 3;
    weak_ref<quiet> watch() { return weak_ref<quiet>(track::hooked(*this, concealed_)); }

   private:
    track::hook concealed_;
  };
  quiet object;
  EXPECT_EQ(object.watch().with([](quiet& q) { return q.value; }), 3);
}

struct elsewhere {
  int value = 4;
  track::hook any;
};
track::hook& hook_of(elsewhere& object) {
  return object.any;
}

TEST(Hook, C05_hook_of_by_adl) {
  elsewhere object;
  EXPECT_EQ(weak_ref<elsewhere>(object).with([](elsewhere& e) { return e.value; }), 4);
}

TEST(Hook, C06_refs_expire_then_callbacks_then_the_value_goes) {
  log order;
  auto value = std::make_unique<tracked<objects::logged>>(std::in_place, &order);
  weak_ref<objects::logged> ref;
  ref = weak_ref<objects::logged>(*value, [&](const dead_ref&) {
    order.push_back(ref.expired() && !ref.with([](auto&) {}) ? "expired" : "alive");
  });
  value.reset();
  EXPECT_EQ(order, (log{"expired", "destructor"}));
}

TEST(Hook, C06_copies_and_moves_of_an_object_have_no_references) {
  listener original;
  const weak_ref ref(original);
  listener copy(original);
  listener moved(std::move(original));  // NOLINT(bugprone-use-after-move)
  listener assigned;
  const weak_ref of_assigned(assigned);
  assigned = original;
  EXPECT_EQ(track::weak_ref_count(copy), 0U);
  EXPECT_EQ(track::weak_ref_count(moved), 0U);
  EXPECT_EQ(track::weak_ref_count(assigned), 1U);
  EXPECT_FALSE(ref == of_assigned);
  EXPECT_EQ(ref.with([&](listener& l) { return &l == &original; }), true);

  tracked<point> value(std::in_place, 1, 2);
  const weak_ref of_value(value);
  const tracked<point> twin(value);
  EXPECT_EQ(twin->y, 2);
  EXPECT_EQ(track::weak_ref_count(twin), 0U);
  EXPECT_EQ(track::weak_ref_count(value), 1U);
}

TEST(Hook, C06_closed_it_cannot_be_observed_again) {
  listener object;
  int deaths = 0;
  const weak_ref ref(object, [&](const dead_ref&) { ++deaths; });
  object.hook_.close();
  EXPECT_EQ(deaths, 1);
  EXPECT_TRUE(ref.expired());
  EXPECT_TRUE(weak_ref(object).expired());
  EXPECT_THROW(weak_ref(object, [](const dead_ref&) {}), track::not_observable);
  EXPECT_THROW(track::finalize(object, [] {}), track::not_observable);
  object.hook_.close();
  EXPECT_EQ(deaths, 1);
}

TEST(Hook, C06_handles_outlive_the_object) {
  std::optional<weak_ref<point>> ref;
  {
    tracked<point> value;
    ref.emplace(value);
  }
  const weak_ref<point> copy(*ref);
  EXPECT_TRUE(copy == *ref);
  EXPECT_EQ(to_string(copy).substr(to_string(copy).size() - 7), ", dead)");
  ref.reset();
  EXPECT_TRUE(copy.expired());
}

TEST(Hook, C06_the_destructor_waits_for_the_with_of_another_thread) {
  for (int round = 0; round < 100; ++round) {
    auto value = std::make_unique<tracked<point>>();
    const weak_ref ref(*value);
    std::latch inside(1);
    std::atomic<bool> dying{false};
    bool finished = false;  // plain: the wait is what orders it
    std::thread user([&] {
      ref.with([&](point& p) {
        inside.count_down();
        while (!dying) {
          std::this_thread::yield();
        }
        for (int i = 0; i < 10; ++i) {
          std::this_thread::yield();
          p.x = i;
        }
        finished = true;
      });
    });
    inside.wait();
    dying = true;
    value.reset();
    EXPECT_TRUE(finished);
    EXPECT_TRUE(ref.expired());
    user.join();
  }
}

TEST(Hook, C06_with_may_be_nested_and_drop_its_own_handle) {
  tracked<point> one(std::in_place, 1, 1);
  tracked<point> two(std::in_place, 2, 2);
  auto a = std::make_optional<weak_ref<point>>(one);
  const weak_ref b(two);
  const auto sum = a->with([&](point& p) {
    a.reset();
    return *b.with([&](point& q) { return p.x + q.x; }) + *b.with([](point& q) { return q.y; });
  });
  EXPECT_EQ(sum, 5);
}

TEST(Hook, C06_another_object_may_be_destroyed_inside_with) {
  tracked<point> one;
  auto two = std::make_unique<tracked<point>>();
  const weak_ref a(one);
  const weak_ref b(*two);
  EXPECT_TRUE(a.with([&](point&) { two.reset(); }));
  EXPECT_TRUE(b.expired());
}

TEST(HookDeathTest, C06_destroyed_inside_its_own_with_it_says_so) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  auto value = std::make_unique<tracked<point>>();
  const weak_ref ref(*value);
  EXPECT_DEATH(ref.with([&](point&) { value.reset(); }), "destroyed inside its own with");
}

TEST(Hook, C07_const_and_void_refs_to_hooked_objects) {
  const tracked<point> constant(std::in_place, 1, 2);
  const weak_ref ref(constant);
  static_assert(std::is_same_v<decltype(ref), const weak_ref<const point>>);
  EXPECT_EQ(ref.with([](const point& p) { return p.y; }), 2);
  listener object;
  int deaths = 0;
  {
    const weak_ref<const listener> read_only(object);
    EXPECT_EQ(read_only.with([](const listener& l) { return l.told(); }), 0);
    const weak_ref<void> untyped{weak_ref<listener>(object, [&](const dead_ref&) { ++deaths; })};
    EXPECT_FALSE(untyped.expired());
    object.hook_.close();
    EXPECT_TRUE(untyped.expired());
  }
  EXPECT_EQ(deaths, 1);
}

// ---- C08: an allocator that takes part ----------------------------------------------------------

template <class T>
struct observing_allocator {
  using value_type = T;
  observing_allocator() = default;
  template <class U>
  explicit(false) observing_allocator(const observing_allocator<U>&) noexcept {}

  T* allocate(std::size_t n) {
    T* block = std::allocator<T>().allocate(n);
    if constexpr (track::detail::is_control_block<T>) {
      track::detail::note_control_block(block, n * sizeof(T));
    }
    return block;
  }
  void deallocate(T* block, std::size_t n) noexcept {
    if constexpr (track::detail::is_control_block<T>) {
      track::detail::forget_control_block(block);
    }
    std::allocator<T>().deallocate(block, n);
  }
  template <class U, class... A>
  void construct(U* place, A&&... arguments) {
    track::detail::constructing<observing_allocator<U>>(place);
    ::new (static_cast<void*>(place)) U(std::forward<A>(arguments)...);
  }
  template <class U>
  void destroy(U* object) noexcept {
    track::detail::destroying<observing_allocator<U>>(object);
    object->~U();
  }
  bool operator==(const observing_allocator&) const = default;
};

TEST(InPlace, C08_allocate_shared_with_an_allocator_that_takes_part) {
  log order;
  auto object = std::allocate_shared<objects::logged>(observing_allocator<objects::logged>(),
                                                      objects::logged{&order});
  order.clear();  // the argument's own destructor
  const weak_ref<objects::logged> plain(object);
  const weak_ref<objects::logged> ref(object, [&](const dead_ref&) {
    order.push_back(plain.expired() ? "callback, expired" : "callback, alive");
  });
  track::finalize(object, [&] { order.push_back("finalizer"); });
  EXPECT_EQ(track::weak_ref_count(object), 3U);
  EXPECT_EQ(track::weak_ref_count(std::shared_ptr<const void>(object)), 3U);
  object.reset();
  EXPECT_EQ(order, (log{"finalizer", "callback, expired", "destructor"}));
  EXPECT_TRUE(ref.expired());
}

TEST(InPlace, C08_elements_of_containers_are_no_shared_objects) {
  const auto shared = std::allocate_shared<point>(observing_allocator<point>());
  int deaths = 0;
  {
    const weak_ref<point> ref(shared, [&](const dead_ref&) { ++deaths; });
    std::vector<point, observing_allocator<point>> elements(100);
    elements.clear();
    EXPECT_EQ(track::weak_ref_count(std::make_shared<point>()), 0U);
  }
  EXPECT_EQ(deaths, 0);
  EXPECT_EQ(track::weak_ref_count(shared), 0U);
}

struct self_aware : std::enable_shared_from_this<self_aware> {
  weak_ref<self_aware> me(track::detail::death_callback auto on_death) {
    return weak_ref<self_aware>(weak_from_this(), on_death);
  }
};

TEST(InPlace, C08_weak_from_this_is_observable) {
  int deaths = 0;
  const auto count = [&](const dead_ref&) { ++deaths; };
  auto made = track::make_shared<self_aware>();
  auto adopted = track::adopt(std::make_unique<self_aware>());
  auto in_place = std::allocate_shared<self_aware>(observing_allocator<self_aware>());
  for (auto* object : {&made, &adopted, &in_place}) {
    const auto ref = (*object)->me(count);
    EXPECT_TRUE(ref.has_callback());
    EXPECT_EQ(ref.lock(), *object);
    EXPECT_TRUE(weak_ref<self_aware>((*object)->weak_from_this()) == ref);
    EXPECT_EQ(track::weak_ref_count(*object), 1U);
    object->reset();
    EXPECT_TRUE(ref.expired());
  }
  EXPECT_EQ(deaths, 3);
}

}  // namespace
