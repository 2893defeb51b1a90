// block_ref: blocks by address and number, from the preload's table or ours.
#include <cstdint>
#include <cstdlib>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include <track/block_ref.hpp>
#include <track/detail/block_table.hpp>

namespace {

using track::block_ref;
namespace block_table = track::detail::block_table;

TEST(BlockRef, C06_alive_until_forgotten) {
  int block = 0;
  EXPECT_EQ(block_ref::of(&block), block_ref());
  const std::uint64_t serial = block_table::note(&block);
  const block_ref ref = block_ref::of(&block);
  EXPECT_EQ(ref.address, reinterpret_cast<std::uintptr_t>(&block));
  EXPECT_EQ(ref.generation, serial);
  EXPECT_TRUE(ref.alive());
  EXPECT_TRUE(block_ref(ref).alive());
  block_table::forget(&block);
  EXPECT_FALSE(ref.alive());
  EXPECT_EQ(block_ref::of(&block), block_ref());
  EXPECT_FALSE(block_ref().alive());
  block_table::forget(&block);
}

TEST(BlockRef, C06_an_address_that_comes_back_is_another_block) {
  void* const first = std::calloc(1, 64);
  block_table::note(first);
  const block_ref ref = block_ref::of(first);
  block_table::forget(first);
  std::free(first);
  void* again = std::calloc(1, 64);
  for (int i = 0; i < 1000 && again != first; ++i) {
    std::free(again);
    again = std::calloc(1, 64);
  }
  block_table::note(again);
  const block_ref next = block_ref::of(again);
  EXPECT_TRUE(next.alive());
  EXPECT_FALSE(ref.alive());
  EXPECT_NE(ref, next);
  block_table::forget(again);
  std::free(again);
}

TEST(BlockRef, C06_a_block_freed_unseen_is_not_taken_for_the_new_one) {
  int block = 0;
  block_table::note(&block);
  const block_ref old = block_ref::of(&block);
  block_table::note(&block);
  EXPECT_FALSE(old.alive());
  EXPECT_TRUE(block_ref::of(&block).alive());
  block_table::forget(&block);
}

TEST(BlockRef, C06_numbers_are_never_given_twice) {
  constexpr std::size_t threads = 4;
  constexpr std::size_t each = 5000;
  std::vector<std::vector<std::uint64_t>> serials(threads);
  std::vector<std::vector<char>> memory(threads, std::vector<char>(each));
  {
    std::vector<std::jthread> workers;
    for (std::size_t t = 0; t < threads; ++t) {
      workers.emplace_back([&, t] {
        for (std::size_t i = 0; i < each; ++i) {
          serials[t].push_back(block_table::note(&memory[t][i]));
          if (i % 2 == 0) {
            block_table::forget(&memory[t][i]);
          }
        }
      });
    }
  }
  std::set<std::uint64_t> all;
  std::size_t alive = 0;
  for (std::size_t t = 0; t < threads; ++t) {
    all.insert(serials[t].begin(), serials[t].end());
    for (std::size_t i = 0; i < each; ++i) {
      alive += block_ref::of(&memory[t][i]).alive();
      block_table::forget(&memory[t][i]);
    }
  }
  EXPECT_EQ(all.size(), threads * each);
  EXPECT_EQ(alive, threads * each / 2);
}

}  // namespace
