// Compiled with -fno-rtti, beside rtti_objects.cpp, which is not: objects are observed as ever, and
// across the border; what needs RTTI says that it does not know.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/allocations.hpp"
#include "tests/unit/weak/rtti_objects.hpp"
#include <track/track.hpp>

#ifdef __cpp_rtti
#error "this file tests what is without RTTI"
#endif

namespace {

using rtti_objects::shape;
using track::dead_ref;

struct square : shape {
  explicit square(std::vector<std::string>* to = nullptr) : log(to) {}
  ~square() override {
    if (log != nullptr) {
      log->push_back("destructor");
    }
  }
  std::vector<std::string>* log;
};

TEST(WithoutRtti, objects_are_observed) {
  std::vector<std::string> log;
  auto object = track::make_shared<square>(&log);
  const track::weak_ref<square> ref(object, [&](const dead_ref&) { log.push_back("callback"); });
  track::finalize(object, [&] { log.push_back("finalizer"); });
  track::weak_value_map<int, square> map;
  map.insert_or_assign(1, object);
  EXPECT_EQ(track::weak_ref_count(object), 3U);
  EXPECT_EQ(ref.lock(), object);
  object.reset();
  EXPECT_EQ(log, (std::vector<std::string>{"finalizer", "callback", "destructor"}));
  EXPECT_TRUE(ref.expired());
  EXPECT_TRUE(map.empty());
}

TEST(WithoutRtti, adopted_and_converted_objects_too) {
  int deaths = 0;
  std::shared_ptr<const void> unique = track::adopt(std::make_unique<square>());
  auto foreign = track::adopt(std::make_shared<square>());
  EXPECT_EQ(track::adopt(foreign), foreign);
  const track::weak_ref<const void> a(unique, [&](const dead_ref&) { ++deaths; });
  const track::weak_ref<shape> b(foreign, [&](const dead_ref&) { ++deaths; });
  EXPECT_THROW(track::weak_ref<square>(std::make_shared<square>(), [](const dead_ref&) {}),
               track::not_observable);
  unique.reset();
  foreign.reset();
  EXPECT_EQ(deaths, 2);
}

TEST(WithoutRtti, objects_of_both_sides_are_observed_from_both) {
  int here = 0;
  int there = 0;
  auto theirs = rtti_objects::made_with_rtti();
  std::shared_ptr<shape> mine = track::make_shared<square>();
  for (auto* object : {&theirs, &mine}) {
    const track::weak_ref<shape> ref(*object, [&](const dead_ref&) { ++here; });
    const auto other = rtti_objects::observed_with_rtti(*object, there);
    EXPECT_EQ(track::weak_ref_count(*object), 2U);
    object->reset();
  }
  EXPECT_EQ(here, 2);
  EXPECT_EQ(there, 2);
}

TEST(WithoutRtti, records_have_static_types) {
  const std::shared_ptr<shape> object = track::make_shared<square>();
  const auto begin = track::mark();
  track::watch(object);
  const auto found = track::survivors({.since = begin});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].type, "rtti_objects::shape");
}

TEST(WithoutRtti, type_ids_are_null) {
  auto object = track::make_shared<square>();
  bool known = true;
  const track::weak_ref<square> ref(object,
                                    [&](const dead_ref& dead) { known = dead.type != nullptr; });
  const auto handle = track::finalize(object, [] {});
  EXPECT_EQ(handle.peek()->callable, nullptr);
  object.reset();
  EXPECT_FALSE(known);
}

TEST(WithoutRtti, every_allocation_of_make_may_fail) {
  const std::size_t failures = allocations::until_it_works([](std::size_t n) {
    const std::size_t before = allocations::live_bytes();
    try {
      const allocations::failing_from fault(n);
      track::make_shared<square>();
      return true;
    } catch (const std::bad_alloc&) {
    }
    EXPECT_EQ(allocations::live_bytes(), before) << "allocation " << n;
    return false;
  });
  EXPECT_GE(failures, 2U);
}

}  // namespace
