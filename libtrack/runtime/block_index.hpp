// Address → number of the block that holds it, for a frozen live table. Floor 3, freestanding.
//
// Every 2 KiB page of the heap has a bitmap of the places where blocks start and the number of
// blocks before it, so that a block's number is a count of bits. Blocks are numbered by address.
// For the still alone: one thread, memory by mmap, never freed.
// cost: 40 bytes a page and 12 a block; two cache misses a look-up, which callers prefetch.
// source: rank by population count, as in succinct bit vectors.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/runtime/live_table.hpp"

namespace track::runtime {

using block_number = std::uint32_t;
inline constexpr block_number no_block = 0xffffffff;

class block_index {
 public:
  // errors: false when there is no memory, or there are 2^32 blocks.
  bool build(const live_table& table);

  block_number count() const { return count_; }
  std::uintptr_t start(block_number block) const { return starts_[block]; }
  // Bytes of the block, at least 1; of 2 GiB and more rounded up to 4 KiB.
  std::uint64_t extent(block_number block) const {
    const std::uint32_t size = sizes_[block];
    return size < large_flag ? size : std::uint64_t{size - large_flag} << 12;
  }

  // Whether any block may hold the address. cost: no memory but the table's top.
  bool may_hold(std::uintptr_t address) const {
    return address - low_ < high_ - low_ && leaves_[address >> leaf_bits] != nullptr;
  }
  // For addresses that may_hold.
  void prefetch(std::uintptr_t address) const { __builtin_prefetch(&page_of(address)); }
  // Whether a block starts right there. For addresses that may_hold.
  bool starts_at(std::uintptr_t address) const {
    return (address & 7) == 0 &&
           (page_of(address).starts[address >> 9 & 3] >> (address >> 3 & 63) & 1) != 0;
  }
  // The last block that starts at or before the address. no_block: there is none.
  block_number candidate(std::uintptr_t address) const;
  void prefetch_block(block_number block) const {
    __builtin_prefetch(&starts_[block]);
    __builtin_prefetch(&sizes_[block]);
  }
  bool holds(block_number block, std::uintptr_t address) const {
    return address - starts_[block] < extent(block);
  }

  // Blocks that start before the address, which is aligned to a granule. cost: a binary search over
  // leaves.
  block_number blocks_before(std::uintptr_t address) const;

 private:
  struct page {
    std::uint64_t starts[4];
    std::uint32_t before;         // blocks before the page
    std::uint8_t before_word[4];  // blocks of the page before each word of starts
  };
  static constexpr unsigned page_bits = live_table::page_bits;
  static constexpr unsigned leaf_bits = live_table::leaf_bits;
  static constexpr std::size_t leaf_pages = std::size_t{1} << (leaf_bits - page_bits);
  static constexpr std::size_t leaf_count = live_table::root_entries;
  static constexpr std::uint32_t large_flag = 0x80000000;

  // Only the pages that blocks lie in are numbered: the others are never touched.
  struct leaf_record {
    page pages[leaf_pages];
    std::uint32_t end;     // one past the last such page
    std::uint32_t first;   // the first one
    std::uint32_t before;  // blocks before the leaf
    std::uint32_t after;   // and its own with them
  };

  static std::size_t page_number(std::uintptr_t address) {
    return address >> page_bits & (leaf_pages - 1);
  }
  const page& page_of(std::uintptr_t address) const {
    return leaves_[address >> leaf_bits]->pages[page_number(address)];
  }
  static block_number starts_below(const page& at, unsigned end);
  leaf_record* leaf_or_new(std::size_t leaf);
  bool cover(std::uintptr_t start, std::uintptr_t end);
  bool mark_starts(const live_table& table);
  void number_pages();
  void note_blocks(const live_table& table);

  leaf_record** leaves_ = nullptr;
  std::uint32_t* used_leaves_ = nullptr;  // those that are there, by address
  std::size_t used_leaf_count_ = 0;
  std::uintptr_t* starts_ = nullptr;
  std::uint32_t* sizes_ = nullptr;
  std::uintptr_t low_ = ~std::uintptr_t{0};
  std::uintptr_t high_ = 0;
  std::size_t first_leaf_ = leaf_count;
  std::size_t last_leaf_ = 0;
  std::uint64_t found_ = 0;
  block_number count_ = 0;
};

}  // namespace track::runtime
