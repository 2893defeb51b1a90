#include "libtrack/runtime/root_regions.hpp"

#include <memory>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace track::runtime {
namespace {

using bounds = std::pair<std::uintptr_t, std::uintptr_t>;

std::multiset<bounds> all_of(const root_regions& regions) {
  std::multiset<bounds> found;
  regions.visit([&](std::uintptr_t start, std::uintptr_t end) { found.emplace(start, end); });
  return found;
}

TEST(root_regions, what_was_added_is_there_until_removed) {
  root_regions regions;
  EXPECT_TRUE(regions.add(0x1000, 0x2000));
  EXPECT_TRUE(regions.add(0x5000, 0x5008));
  EXPECT_EQ(all_of(regions), (std::multiset<bounds>{{0x1000, 0x2000}, {0x5000, 0x5008}}));
  EXPECT_TRUE(regions.remove(0x1000, 0x2000));
  EXPECT_EQ(all_of(regions), (std::multiset<bounds>{{0x5000, 0x5008}}));
}

TEST(root_regions, only_the_same_bounds_are_removed_and_once) {
  root_regions regions;
  EXPECT_TRUE(regions.add(0x1000, 0x2000));
  EXPECT_TRUE(regions.add(0x1000, 0x2000));
  EXPECT_FALSE(regions.remove(0x1000, 0x1800));
  EXPECT_FALSE(regions.remove(0, 0));
  EXPECT_TRUE(regions.remove(0x1000, 0x2000));
  EXPECT_EQ(all_of(regions).size(), 1u);
  EXPECT_TRUE(regions.remove(0x1000, 0x2000));
  EXPECT_FALSE(regions.remove(0x1000, 0x2000));
}

TEST(root_regions, an_empty_or_wrapping_region_is_none) {
  root_regions regions;
  EXPECT_TRUE(regions.add(0x1000, 0x1000));
  EXPECT_TRUE(regions.add(0, 0x1000));
  EXPECT_TRUE(regions.add(~std::uintptr_t{0}, 7));
  EXPECT_TRUE(all_of(regions).empty());
}

TEST(root_regions, a_full_table_says_so_and_a_freed_place_is_used_again) {
  const auto regions = std::make_unique<root_regions>();
  for (std::uintptr_t i = 1; i <= most_root_regions; ++i) {
    ASSERT_TRUE(regions->add(i * 0x1000, i * 0x1000 + 8));
  }
  EXPECT_FALSE(regions->add(0x10, 0x20));
  EXPECT_TRUE(regions->remove(0x7000, 0x7008));
  EXPECT_TRUE(regions->add(0x10, 0x20));
  EXPECT_EQ(all_of(*regions).size(), most_root_regions);
}

TEST(root_regions, threads_do_not_lose_each_others) {
  root_regions regions;
  std::vector<std::thread> threads;
  for (std::uintptr_t thread = 1; thread <= 4; ++thread) {
    threads.emplace_back([&regions, thread] {
      for (std::uintptr_t i = 0; i < 2000; ++i) {
        const std::uintptr_t start = thread << 32 | i << 4 | 0x1000000;
        regions.add(start, start + 8);
        if (i % 100 != 0) {
          regions.remove(start, start + 8);
        }
      }
    });
  }
  for (std::thread& each : threads) {
    each.join();
  }
  EXPECT_EQ(all_of(regions).size(), 80u);
}

}  // namespace
}  // namespace track::runtime
