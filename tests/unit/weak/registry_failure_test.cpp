// The n-th allocation fails, for every n, in every operation of the registry.
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/allocations.hpp"
#include <track/allocator.hpp>
#include <track/counted.hpp>
#include <track/hook.hpp>
#include <track/make_shared.hpp>
#include <track/memory_resource.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>

using namespace std::chrono_literals;
using allocations::failing_from;

namespace {

struct listener {
  track::hook hook_;
};

TEST(RegistryFailure, watch_loses_the_record_and_does_not_throw) {
  const std::uint64_t begin = track::mark();
  std::size_t failures = 0;
  for (std::size_t n = 0;; ++n) {
    const auto object = track::make_shared<std::string>("x");
    const std::uint64_t lost = track::lost_records();
    track::watch_handle handle;
    {
      const failing_from fail(n);
      handle = track::watch(object, "failing");
    }
    if (handle.recorded()) {
      EXPECT_EQ(track::lost_records(), lost);
      break;
    }
    ++failures;
    EXPECT_EQ(track::lost_records(), lost + 1);
    EXPECT_TRUE(track::survivors({.since = begin}).empty());
    EXPECT_EQ(track::weak_ref_count(object), 0u);
  }
  EXPECT_EQ(failures, 1u);
}

TEST(RegistryFailure, first_look_at_a_hook_may_fail) {
  const std::uint64_t begin = track::mark();
  std::size_t failures = 0;
  for (std::size_t n = 0;; ++n) {
    listener object;
    const std::uint64_t lost = track::lost_records();
    track::watch_handle handle;
    {
      const failing_from fail(n);
      handle = track::watch(object, "failing");
    }
    if (handle.recorded()) {
      break;
    }
    ++failures;
    EXPECT_EQ(track::lost_records(), lost + 1);
    EXPECT_TRUE(track::survivors({.since = begin}).empty());
  }
  EXPECT_GE(failures, 2u);
}

TEST(RegistryFailure, expect_gone_loses_the_record_and_does_not_throw) {
  for (std::size_t n = 0;; ++n) {
    const auto object = track::make_shared<int>(1);
    const failing_from fail(n);
    if (track::expect_gone(object, 1h).recorded()) {
      EXPECT_EQ(n, 1u);
      break;
    }
  }
}

TEST(RegistryFailure, deaths_need_no_memory) {
  const std::uint64_t begin = track::mark();
  auto object = track::make_shared<int>(1);
  auto detached = track::make_shared<int>(2);
  auto kept = track::make_shared<int>(3);
  track::watch(object);
  track::watch_handle handle = track::watch(detached);
  track::watch_handle other = track::watch(kept);
  {
    const failing_from fail(0);
    object.reset();
    EXPECT_TRUE(handle.detach());
    detached.reset();
    EXPECT_TRUE(handle.forget());
    EXPECT_TRUE(other.expect_gone(0ms));
    EXPECT_TRUE(other.forget());
    const track::scope tag{"a new tag needs no operator new"};
    track::set_test("nor does a test");
    track::set_test({});
    static_cast<void>(track::mark());
  }
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

TEST(RegistryFailure, reading_throws_bad_alloc_and_can_be_repeated) {
  const std::uint64_t begin = track::mark();
  std::vector<std::shared_ptr<std::string>> objects;
  track::set_stack_sampling(1);
  for (int i = 0; i < 20; ++i) {
    objects.push_back(track::make_shared<std::string>("x"));
    track::watch(objects.back(), i % 2 == 0 ? "a" : "b");
  }
  track::set_stack_sampling(64);
  const track::survivor_filter filter{.since = begin};
  const auto reads = [&](auto read) {
    std::size_t failures = 0;
    for (std::size_t n = 0;; ++n) {
      try {
        const failing_from fail(n);
        read();
        return failures;
      } catch (const std::bad_alloc&) {
        ++failures;
      }
    }
  };
  EXPECT_GT(reads([&] { static_cast<void>(track::survivors(filter)); }), 0u);
  EXPECT_GT(reads([&] { static_cast<void>(track::survivors_by(track::group_by::label, filter)); }),
            0u);
  const auto all = track::survivors(filter);
  ASSERT_EQ(all.size(), 20u);
  EXPECT_GT(reads([&] { static_cast<void>(all[0].stack.addresses()); }), 0u);
}

TEST(RegistryFailure, allocators_throw_bad_alloc_and_nothing_is_recorded) {
  const std::uint64_t begin = track::mark();
  std::size_t failures = 0;
  for (std::size_t n = 0;; ++n) {
    try {
      const failing_from fail(n);
      const auto object = std::allocate_shared<std::string>(track::allocator<std::string>(), "x");
      track::memory_resource resource("failing");
      resource.deallocate(resource.allocate(100), 100);
      break;
    } catch (const std::bad_alloc&) {
      ++failures;
      EXPECT_TRUE(track::survivors({.since = begin}).empty());
    }
    ASSERT_LT(n, 100u);
  }
  EXPECT_GE(failures, 2u);
  EXPECT_TRUE(track::survivors({.since = begin}).empty());
}

struct instance : track::counted<instance, track::recorded::each> {};

TEST(RegistryFailure, counting_needs_no_memory) {
  const std::uint64_t begin = track::mark();
  const failing_from fail(0);
  const instance object;
  EXPECT_EQ(instance::live(), 1u);
  static_cast<void>(begin);
}

}  // namespace
