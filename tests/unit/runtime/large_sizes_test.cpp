#include "libtrack/runtime/large_sizes.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace track::runtime {
namespace {

block_record store(std::uint64_t size_bytes) {
  std::uint8_t flags = 0;
  const std::uint32_t size = store_size(size_bytes, flags);
  return {size, 1, allocation_function::malloc, flags};
}

TEST(large_sizes, small_sizes_stay_in_the_record) {
  EXPECT_EQ(size_of(store(0)), 0u);
  EXPECT_EQ(size_of(store(0xffffffff)), 0xffffffffu);
  EXPECT_EQ(store(0xffffffff).flags() & large, 0);
}

TEST(large_sizes, five_gibibytes_are_kept_exactly) {
  const std::uint64_t size = (std::uint64_t{5} << 30) + 7;
  const block_record block = store(size);
  EXPECT_EQ(size_of(block), size);
  drop_size(block);
}

TEST(large_sizes, a_dropped_place_is_used_again) {
  const std::uint64_t size = std::uint64_t{6} << 30;
  std::vector<block_record> blocks;
  for (int i = 0; i < 3000; ++i) {
    const block_record block = store(size + static_cast<unsigned>(i));
    EXPECT_EQ(size_of(block), size + static_cast<unsigned>(i));
    drop_size(block);
  }
}

TEST(large_sizes, more_than_fit_are_capped_and_not_mixed_up) {
  std::vector<block_record> blocks;
  for (int i = 0; i < 1100; ++i) {
    blocks.push_back(store((std::uint64_t{8} << 30) + static_cast<unsigned>(i)));
  }
  EXPECT_EQ(size_of(blocks.front()), std::uint64_t{8} << 30);
  EXPECT_EQ(size_of(blocks.back()), 0xffffffffu);
  for (const block_record& block : blocks) {
    drop_size(block);
  }
}

}  // namespace
}  // namespace track::runtime
