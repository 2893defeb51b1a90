// Memory runs out: registration has the strong guarantee, the death needs none. Row R36, R31.
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "tests/unit/weak/allocations.hpp"
#include "tests/unit/weak/objects.hpp"
#include <track/finalize.hpp>
#include <track/make_shared.hpp>
#include <track/weak_method.hpp>
#include <track/weak_proxy.hpp>
#include <track/weak_ref.hpp>

namespace {

using allocations::failing_from;
using objects::listener;
using objects::point;
using track::dead_ref;
using track::weak_ref;

// Makes what `make` makes with the n-th allocation failing, for every n; `unchanged` is checked
// after each failure, and nothing may be left over. Returns how many failures there were.
template <class Make, class Unchanged>
std::size_t failures_of(Make make, Unchanged unchanged) {
  return allocations::until_it_works([&](std::size_t n) {
    const std::size_t before = allocations::live_bytes();
    try {
      const failing_from fault(n);
      make();
      return true;
    } catch (const std::bad_alloc&) {
    }
    EXPECT_EQ(allocations::live_bytes(), before) << "allocation " << n;
    unchanged();
    return false;
  });
}

// Copied into a registration; its copies allocate.
const std::string long_text(100, 'x');

TEST(WeakRef, R31_R36_every_allocation_of_a_registration_may_fail) {
  auto object = track::make_shared<point>();
  int deaths = 0;
  const auto nothing = [&] {
    EXPECT_EQ(track::weak_ref_count(object), 0U);
    EXPECT_TRUE(track::weak_refs(object).empty());
    EXPECT_EQ(object.use_count(), 1);
  };
  std::optional<weak_ref<point>> ref;
  EXPECT_GE(
      failures_of(
          [&] { ref.emplace(object, [&deaths, text = long_text](const dead_ref&) { ++deaths; }); },
          nothing),
      2U);
  ref.reset();
  EXPECT_GE(failures_of([&] { track::weak_proxy(object, [](const dead_ref&) {}); }, nothing), 1U);
  const auto boxed = track::make_shared<listener>();
  EXPECT_GE(failures_of([&] { track::weak_method(boxed, &listener::hear, [](const dead_ref&) {}); },
                        [&] { EXPECT_EQ(track::weak_ref_count(boxed), 0U); }),
            1U);
  object.reset();
  EXPECT_EQ(deaths, 0);
}

TEST(Finalize, R36_every_allocation_of_finalize_may_fail) {
  track::finalize(track::make_shared<point>(), [] {}).detach();  // what is made once
  auto object = track::make_shared<point>();
  int runs = 0;
  std::optional<track::finalizer> handle;
  EXPECT_GE(failures_of(
                [&] {
                  handle = track::finalize(
                      object, [&runs](const std::string&) { ++runs; }, long_text);
                },
                [&] { EXPECT_TRUE(track::weak_refs(object).empty()); }),
            2U);
  EXPECT_TRUE(handle->alive());
  object.reset();
  EXPECT_EQ(runs, 1);
}

TEST(Hook, R36_every_allocation_of_the_first_look_may_fail) {
  listener object;
  EXPECT_GE(failures_of([&] { const weak_ref<listener> ref(object); },
                        [&] { EXPECT_EQ(track::weak_ref_count(object), 0U); }),
            1U);
  track::tracked<point> value;
  const weak_ref<point> looked(value);  // what the first look made stays for the next
  int deaths = 0;
  std::optional<weak_ref<point>> ref;
  EXPECT_GE(failures_of([&] { ref.emplace(value, [&](const dead_ref&) { ++deaths; }); },
                        [&] { EXPECT_TRUE(track::weak_refs(value).empty()); }),
            1U);
}

TEST(WeakRef, R36_every_allocation_of_make_and_adopt_may_fail) {
  const auto nothing = [] {};
  EXPECT_EQ(failures_of([] { track::make_shared<point>(); }, nothing), 2U);
  EXPECT_EQ(failures_of([] { track::adopt(std::make_unique<point>()); }, nothing), 2U);
  EXPECT_GE(failures_of([] { track::adopt(std::make_unique<point[]>(2)); }, nothing), 2U);
  EXPECT_GE(failures_of([] { track::adopt(std::make_shared<point>()); }, nothing), 3U);
}

TEST(WeakRef, R36_death_needs_no_memory) {
  auto object = track::make_shared<point>();
  listener hooked;
  std::array<std::optional<weak_ref<point>>, 50> refs;
  int deaths = 0;
  for (auto& ref : refs) {
    ref.emplace(object, [&](const dead_ref&) { ++deaths; });
  }
  track::finalize(object, [&] { ++deaths; });
  const weak_ref<listener> of_hooked(hooked, [&](const dead_ref&) { ++deaths; });
  track::finalize(hooked, [&] { ++deaths; });
  const std::size_t calls = allocations::calls();
  {
    const failing_from fault(0);
    refs[10].reset();
    object.reset();
    hooked.hook_.close();
    refs[20].reset();
  }
  EXPECT_EQ(deaths, 49 + 1 + 2);
  EXPECT_EQ(allocations::calls(), calls);
}

}  // namespace
