#include "libtrack/runtime/block_serials.hpp"

#include <map>
#include <random>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace track::runtime {
namespace {

TEST(block_serials, a_block_keeps_its_number) {
  block_serials serials;
  slab_pool pool;
  const std::uint64_t first = serials.number_of(0x1000, false, pool);
  EXPECT_NE(first, 0u);
  const std::uint64_t second = serials.number_of(0x2000, false, pool);
  EXPECT_NE(second, first);
  EXPECT_EQ(serials.number_of(0x1000, true, pool), first);
  EXPECT_EQ(serials.number_of(0x2000, true, pool), second);
}

TEST(block_serials, the_next_block_at_an_address_has_another_number) {
  block_serials serials;
  slab_pool pool;
  const std::uint64_t first = serials.number_of(0x1000, false, pool);
  serials.drop(0x1000, pool);
  EXPECT_EQ(serials.count(), 0u);
  EXPECT_GT(serials.number_of(0x1000, false, pool), first);
}

TEST(block_serials, a_number_left_behind_is_not_given_again) {
  block_serials serials;
  slab_pool pool;
  const std::uint64_t first = serials.number_of(0x1000, false, pool);
  EXPECT_GT(serials.number_of(0x1000, false, pool), first) << "its end was missed";
  EXPECT_EQ(serials.count(), 1u);
}

TEST(block_serials, dropping_what_has_none_does_nothing) {
  block_serials serials;
  slab_pool pool;
  serials.drop(0x1000, pool);
  const std::uint64_t number = serials.number_of(0x1000, false, pool);
  serials.drop(0x2000, pool);
  EXPECT_EQ(serials.number_of(0x1000, true, pool), number);
}

TEST(block_serials, a_hundred_thousand_come_and_go_as_in_a_map) {
  block_serials serials;
  slab_pool pool;
  std::map<std::uintptr_t, std::uint64_t> known;
  std::set<std::uint64_t> given;
  std::mt19937 random(3);
  for (int i = 0; i < 100'000; ++i) {
    const std::uintptr_t address = 0x7f0000000000 + std::uintptr_t{random() % 20'000} * 16;
    if (random() % 3 == 0) {
      serials.drop(address, pool);
      known.erase(address);
      continue;
    }
    const auto [place, is_new] = known.try_emplace(address, 0);
    const std::uint64_t number = serials.number_of(address, !is_new, pool);
    if (is_new) {
      place->second = number;
      EXPECT_TRUE(given.insert(number).second);
    }
    EXPECT_EQ(number, place->second);
  }
  EXPECT_EQ(serials.count(), known.size());
  for (const auto& [address, number] : known) {
    EXPECT_EQ(serials.number_of(address, true, pool), number);
  }
}

TEST(block_serials, threads_get_different_numbers) {
  block_serials serials;
  constexpr std::size_t threads = 4;
  constexpr std::size_t blocks = 5'000;
  std::vector<std::vector<std::uint64_t>> numbers(threads);
  std::vector<std::thread> running;
  for (std::size_t thread = 0; thread < threads; ++thread) {
    running.emplace_back([&, thread] {
      slab_pool pool;
      for (std::size_t i = 0; i < blocks; ++i) {
        numbers[thread].push_back(serials.number_of((thread * blocks + i + 1) * 16, false, pool));
      }
    });
  }
  for (std::thread& each : running) {
    each.join();
  }
  std::set<std::uint64_t> all;
  for (const auto& some : numbers) {
    all.insert(some.begin(), some.end());
  }
  EXPECT_EQ(all.size(), threads * blocks);
  EXPECT_FALSE(all.contains(0));
}

TEST(block_serials, after_all_are_forgotten_numbers_go_on) {
  block_serials serials;
  slab_pool pool;
  const std::uint64_t first = serials.number_of(0x1000, false, pool);
  serials.forget_all();
  EXPECT_GT(serials.number_of(0x1000, true, pool), first);
}

}  // namespace
}  // namespace track::runtime
