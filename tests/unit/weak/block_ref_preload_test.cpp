// block_ref with a preload: this binary defines its table, as libtrack_preload.so does.
#include <cstdint>

#include <gtest/gtest.h>

#include "libtrack/weak/preload_link.hpp"
#include <track/block_ref.hpp>
#include <track/detail/block_table.hpp>

namespace {

const void* live_block = nullptr;
std::uint64_t live_serial = 0;

bool block_serial(const void* block, std::uint64_t* serial) {
  if (block == nullptr || block != live_block) {
    return false;
  }
  *serial = live_serial;
  return true;
}

constexpr libtrack_ledger_table make_table() {
  libtrack_ledger_table table{};
  table.version = 1;
  table.size_bytes = sizeof table;
  table.block_serial = block_serial;
  return table;
}

}  // namespace

extern "C" {
const libtrack_ledger_table libtrack_ledger_v1 = make_table();
}

namespace {

using track::block_ref;

TEST(BlockRefPreload, C06_the_preload_answers_for_every_block) {
  int block = 0;
  EXPECT_EQ(block_ref::of(&block), block_ref());
  live_block = &block;
  live_serial = 7;
  const block_ref ref = block_ref::of(&block);
  EXPECT_EQ(ref.generation, 7U);
  EXPECT_TRUE(ref.alive());
  live_serial = 8;  // freed, and another block came
  EXPECT_FALSE(ref.alive());
  EXPECT_TRUE(block_ref::of(&block).alive());
  live_block = nullptr;
  EXPECT_FALSE(block_ref{ref}.alive());
}

TEST(BlockRefPreload, C06_blocks_it_does_not_know_are_asked_of_our_table) {
  int block = 0;
  live_block = nullptr;
  track::detail::block_table::note(&block);
  const block_ref ref = block_ref::of(&block);
  EXPECT_TRUE(ref.alive());
  live_block = &block;
  live_serial = 9;
  EXPECT_TRUE(ref.alive());
  EXPECT_EQ(block_ref::of(&block).generation, 9U);
  track::detail::block_table::forget(&block);
  EXPECT_FALSE(ref.alive());
}

}  // namespace
