// The trie of stacks: chunks, numbers, and which stacks are equal.
#include <random>

#include <gtest/gtest.h>

#include "libtrack/capture/database.hpp"
#include "libtrack/capture/growing.hpp"
#include "libtrack/capture/stack_chunks.hpp"
#include "libtrack/capture/stack_table.hpp"

namespace track::capture {
namespace {

std::vector<stack_row> random_rows(std::uint32_t count) {
  std::mt19937 random(7);
  std::vector<stack_row> rows(1);
  for (std::uint32_t id = 1; id <= count; ++id) {
    const bool deeper = random() % 4 != 0;
    rows.push_back({deeper ? id - 1 : static_cast<std::uint32_t>(random() % id),
                    static_cast<std::uint32_t>(random() % (deeper ? 300 : UINT32_MAX))});
  }
  return rows;
}

void expect_equal(const std::vector<stack_row>& one, const std::vector<stack_row>& other) {
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t id = 1; id < one.size(); ++id) {
    ASSERT_EQ(one[id].parent, other[id].parent) << id;
    ASSERT_EQ(one[id].frame, other[id].frame) << id;
  }
}

TEST(stack_chunk, rows_come_back) {
  const auto rows = random_rows(chunk_rows);
  std::vector<stack_row> decoded(1);
  const auto stored = encode_chunk(std::span(rows).subspan(1), 1);
  ASSERT_TRUE(decode_chunk(stored, chunk_rows, decoded));
  expect_equal(rows, decoded);
}

TEST(stack_chunk, is_what_the_page_shows) {
  const std::vector<stack_row> rows = {{0, 5}, {1, 300}, {1, 6}};
  const auto plain = expand_checkpoint(encode_chunk(rows, 1));
  ASSERT_TRUE(plain) << plain.failure().message;
  std::vector<int> numbers;
  for (const std::byte each : *plain) {
    numbers.push_back(std::to_integer<int>(each));
  }
  EXPECT_EQ(numbers, (std::vector<int>{0x01, 0x01, 0x02, 0x05, 0xac, 0x02, 0x06}));
}

TEST(stack_chunk, part_of_one_is_none) {
  const auto rows = random_rows(100);
  const auto stored = encode_chunk(std::span(rows).subspan(1), 1);
  for (std::size_t size = 0; size < stored.size(); ++size) {
    std::vector<stack_row> decoded(1);
    EXPECT_FALSE(decode_chunk({stored.data(), size}, 100, decoded)) << size;
  }
}

TEST(stack_chunk, flipped_bits_give_rows_that_end_or_none) {
  const auto rows = random_rows(100);
  std::mt19937 random(11);
  for (int round = 0; round < 5000; ++round) {
    auto stored = encode_chunk(std::span(rows).subspan(1), 1);
    stored[random() % stored.size()] ^= static_cast<std::byte>(1u << random() % 8);
    std::vector<stack_row> decoded(1);
    if (decode_chunk(stored, 100, decoded)) {
      ASSERT_EQ(decoded.size(), 101u);
      for (std::size_t id = 1; id < decoded.size(); ++id) {
        ASSERT_LT(decoded[id].parent, id);
      }
    }
  }
}

TEST(stack_table, stores_all_rows_and_takes_them_up_again) {
  auto database = create_memory_database();
  ASSERT_TRUE(database);
  const auto rows = random_rows(3 * chunk_rows);
  {
    stack_table table(*database);
    for (std::uint32_t id = 1; id < rows.size(); ++id) {
      if (id % 1000 == 0) {
        table.store();
      }
      ASSERT_EQ(table.number(rows[id].parent, rows[id].frame), id);
    }
    table.store();
  }
  const auto loaded = load_stacks(database->getHandle());
  ASSERT_TRUE(loaded) << loaded.failure().message;
  expect_equal(rows, *loaded);
  EXPECT_EQ(database->execAndGet("SELECT count(*) FROM stack_chunks").getInt(), 3);

  stack_table again(*database);
  again.begin_trie();
  for (std::uint32_t id = 1; id < rows.size(); ++id) {
    ASSERT_EQ(again.number(rows[id].parent, rows[id].frame), id);
  }
  EXPECT_EQ(again.number(5, 123456), rows.size());
  EXPECT_EQ(again.number(5, 123456), rows.size());
}

TEST(equal_stacks, only_the_innermost_frames_count) {
  //                                     1       2       3       4       5       6
  const std::vector<stack_row> rows = {{}, {0, 9}, {1, 8}, {2, 7}, {0, 8}, {4, 7}, {0, 7}};
  equal_stacks two(2);
  EXPECT_EQ(two.first_like(rows, 3), 3u);
  EXPECT_EQ(two.first_like(rows, 5), 3u);
  EXPECT_EQ(two.first_like(rows, 6), 6u);
  EXPECT_EQ(two.first_like(rows, 5), 3u);
  equal_stacks three(3);
  EXPECT_EQ(three.first_like(rows, 3), 3u);
  EXPECT_EQ(three.first_like(rows, 5), 5u);
}

}  // namespace
}  // namespace track::capture
