#include "libtrack/runtime/block_index.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace track::runtime {
namespace {

// A table of blocks and the same in a map: start → bytes.
struct index_fixture : testing::Test {
  index_fixture() { EXPECT_TRUE(table.initialize()); }

  void add(std::uintptr_t start, std::uint64_t bytes) {
    block_record old;
    const block_record block(static_cast<std::uint32_t>(bytes), 1, allocation_function::malloc, 0);
    ASSERT_EQ(table.insert(start, block, pool, old), insert_result::inserted);
    model[start] = bytes;
  }

  block_number expected(std::uintptr_t address) const {
    auto after = model.upper_bound(address);
    if (after == model.begin()) {
      return no_block;
    }
    --after;
    const std::uint64_t extent = after->second == 0 ? 1 : after->second;
    return address - after->first < extent
               ? static_cast<block_number>(std::distance(model.begin(), after))
               : no_block;
  }

  block_number found(const block_index& index, std::uintptr_t address) const {
    if (!index.may_hold(address)) {
      return no_block;
    }
    const block_number block = index.candidate(address);
    return block != no_block && index.holds(block, address) ? block : no_block;
  }

  live_table table;
  slab_pool pool;
  std::map<std::uintptr_t, std::uint64_t> model;
};

TEST_F(index_fixture, an_empty_table_holds_nothing) {
  block_index index;
  ASSERT_TRUE(index.build(table));
  EXPECT_EQ(index.count(), 0u);
  EXPECT_FALSE(index.may_hold(0x1000));
  EXPECT_FALSE(index.may_hold(~std::uintptr_t{0}));
  EXPECT_EQ(index.blocks_before(~std::uintptr_t{0} >> 17), 0u);
}

TEST_F(index_fixture, a_block_of_no_bytes_holds_its_start) {
  add(0x10000, 0);
  block_index index;
  ASSERT_TRUE(index.build(table));
  EXPECT_EQ(found(index, 0x10000), 0u);
  EXPECT_EQ(found(index, 0x10001), no_block);
}

TEST_F(index_fixture, a_block_is_found_far_beyond_the_page_and_the_leaf_it_starts_in) {
  add(0x7f0000001000, 200u << 20);
  add(0x7f0010000000, 64);
  block_index index;
  ASSERT_TRUE(index.build(table));
  EXPECT_EQ(found(index, 0x7f0000001000 + (150u << 20)), 0u);
  EXPECT_EQ(found(index, 0x7f0000001000 + (200u << 20)), no_block);
  EXPECT_EQ(found(index, 0x7f001000003f), 1u);
  EXPECT_EQ(index.blocks_before(0x7f0000001008), 1u);
}

TEST_F(index_fixture, agrees_with_a_map) {
  std::mt19937_64 random(20261122);
  std::uintptr_t at = 0x555500000000;
  for (int i = 0; i < 20'000; ++i) {
    at += 8 + random() % 64 * 8;
    const std::uint64_t bytes = random() % 300;
    add(at, bytes);
    at = (at + bytes + 7) / 8 * 8 + (random() % 500 == 0 ? 90u << 20 : 0);
  }
  block_index index;
  ASSERT_TRUE(index.build(table));
  ASSERT_EQ(index.count(), model.size());
  for (const auto& [start, bytes] : model) {
    for (const std::uintptr_t address :
         {start - 1, start, start + bytes / 2, start + bytes - 1, start + bytes, start + 4096}) {
      ASSERT_EQ(found(index, address), expected(address)) << std::hex << address;
    }
    const auto before = std::distance(model.begin(), model.find(start));
    ASSERT_EQ(index.blocks_before(start), static_cast<block_number>(before));
  }
}

}  // namespace
}  // namespace track::runtime
