#include "libtrack/runtime/live_table.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace track::runtime {
namespace {

block_record record_of(std::uint32_t size, std::uint32_t site) {
  return {size, site, allocation_function::malloc, 0};
}

struct table_fixture : testing::Test {
  table_fixture() { EXPECT_TRUE(table.initialize()); }

  insert_result insert(std::uintptr_t address, std::uint32_t size, std::uint32_t site = 1) {
    return table.insert(address, record_of(size, site), pool, old);
  }
  erase_result erase(std::uintptr_t address) { return table.erase(address, found, pool); }
  std::map<std::uintptr_t, std::uint32_t> contents() {
    std::map<std::uintptr_t, std::uint32_t> sizes;
    table.for_each(pool, [&](std::uintptr_t address, const block_record& block) {
      EXPECT_TRUE(sizes.emplace(address, block.size()).second) << "seen twice";
    });
    return sizes;
  }

  live_table table;
  slab_pool pool;
  block_record old;
  block_record found;
};

TEST(block_record, keeps_its_fields_apart) {
  const block_record block(40, max_site, allocation_function::operator_new_array_aligned, widened,
                           0xffffffff, 7, 12);
  EXPECT_EQ(block.size(), 40u);
  EXPECT_EQ(block.site(), max_site);
  EXPECT_EQ(block.function(), allocation_function::operator_new_array_aligned);
  EXPECT_EQ(block.flags(), widened);
  EXPECT_EQ(block.birth_ms(), 0xffffffffu);
  EXPECT_EQ(block.thread(), 7u);
  EXPECT_EQ(block.alignment_log2(), 12u);
}

TEST_F(table_fixture, erase_gives_the_record_back) {
  EXPECT_EQ(insert(0x1000, 40, 7), insert_result::inserted);
  EXPECT_EQ(erase(0x1000), erase_result::erased);
  EXPECT_EQ(found.size(), 40u);
  EXPECT_EQ(found.site(), 7u);
  EXPECT_TRUE(contents().empty());
}

TEST_F(table_fixture, an_address_never_seen_is_unknown) {
  EXPECT_EQ(erase(0x7f0000001000), erase_result::unknown);
  insert(0x1000, 1);
  EXPECT_EQ(erase(0x1010), erase_result::unknown);
}

TEST_F(table_fixture, a_second_erase_finds_the_tombstone) {
  insert(0x1000, 40, 7);
  insert(0x1040, 50, 8);
  EXPECT_EQ(erase(0x1000), erase_result::erased);
  EXPECT_EQ(erase(0x1000), erase_result::freed_before);
  EXPECT_EQ(found.site(), 7u);
}

TEST_F(table_fixture, insert_over_a_live_block_replaces_it) {
  insert(0x1000, 40, 7);
  EXPECT_EQ(insert(0x1000, 41, 8), insert_result::replaced);
  EXPECT_EQ(old.size(), 40u);
  EXPECT_EQ(contents(), (std::map<std::uintptr_t, std::uint32_t>{{0x1000, 41}}));
}

TEST_F(table_fixture, a_page_full_of_the_smallest_blocks_keeps_them_all) {
  for (std::uintptr_t address = 0x2000; address < 0x2800; address += 8) {
    EXPECT_EQ(insert(address, static_cast<std::uint32_t>(address)), insert_result::inserted);
  }
  EXPECT_EQ(contents().size(), 256u);
  for (std::uintptr_t address = 0x2000; address < 0x2800; address += 8) {
    EXPECT_EQ(erase(address), erase_result::erased);
    EXPECT_EQ(found.size(), address);
  }
}

TEST_F(table_fixture, an_address_beyond_user_space_is_refused) {
  EXPECT_EQ(insert(std::uintptr_t{1} << 60, 1), insert_result::no_memory);
  EXPECT_EQ(erase(std::uintptr_t{1} << 60), erase_result::unknown);
}

TEST_F(table_fixture, update_changes_only_live_blocks) {
  insert(0x1000, 40);
  const auto grow = [](block_record& block) { block = record_of(48, 1); };
  EXPECT_TRUE(table.update(0x1000, pool, grow));
  EXPECT_FALSE(table.update(0x1008, pool, grow));
  EXPECT_EQ(contents().at(0x1000), 48u);
}

TEST_F(table_fixture, agrees_with_a_map_over_random_operations) {
  std::mt19937_64 random(20261122);
  std::map<std::uintptr_t, std::uint32_t> model;
  for (int step = 0; step < 200'000; ++step) {
    const std::uintptr_t base = (random() % 3) * 0x4000000000 + 0x10000;
    const std::uintptr_t address = base + random() % 4096 * 8;
    if (random() % 2 == 0) {
      const auto size = static_cast<std::uint32_t>(random());
      const bool known = model.contains(address);
      EXPECT_EQ(insert(address, size), known ? insert_result::replaced : insert_result::inserted);
      model[address] = size;
    } else {
      const auto expected = model.find(address);
      const erase_result result = erase(address);
      EXPECT_EQ(result == erase_result::erased, expected != model.end());
      if (expected != model.end()) {
        EXPECT_EQ(found.size(), expected->second);
        model.erase(expected);
      }
    }
  }
  EXPECT_EQ(contents(), model);
}

TEST(live_table, threads_on_the_same_pages_lose_nothing) {
  live_table table;
  ASSERT_TRUE(table.initialize());
  constexpr unsigned threads = 8;
  constexpr unsigned rounds = 20'000;
  std::atomic<unsigned> wrong{0};
  std::vector<std::thread> workers;
  for (unsigned worker = 0; worker < threads; ++worker) {
    workers.emplace_back([&, worker] {
      slab_pool pool;
      block_record record;
      for (unsigned round = 0; round < rounds; ++round) {
        const std::uintptr_t address = 0x100000 + (round % 512 * threads + worker) * 8;
        wrong += table.insert(address, record_of(round, worker + 1), pool, record) !=
                 insert_result::inserted;
        wrong += table.erase(address, record, pool) != erase_result::erased ||
                 record.size() != round || record.site() != worker + 1;
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  EXPECT_EQ(wrong, 0u);
}

TEST(slab_pool, hands_out_a_returned_bucket_again) {
  slab_pool pool;
  std::byte* first = pool.take(3);
  std::byte* second = pool.take(3);
  ASSERT_NE(first, nullptr);
  EXPECT_NE(first, second);
  pool.give_back(first, 3);
  EXPECT_EQ(pool.take(3), first);
}

TEST(slab_pool, classes_grow_and_reach_a_full_page) {
  for (unsigned i = 1; i < bucket_classes; ++i) {
    EXPECT_GT(bucket_capacity(i), bucket_capacity(i - 1));
  }
  EXPECT_EQ(bucket_capacity(bucket_classes - 1), 256u);
}

}  // namespace
}  // namespace track::runtime
