#include "libtrack/runtime/block_index.hpp"

#include "libtrack/runtime/arena.hpp"
#include "libtrack/runtime/large_sizes.hpp"

namespace track::runtime {
namespace {

// Not the builtin: without -mpopcnt it is a call into a table.
unsigned count_bits(std::uint64_t word) {
  word -= word >> 1 & 0x5555555555555555;
  word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
  word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0f;
  return static_cast<unsigned>(word * 0x0101010101010101 >> 56);
}

}  // namespace

block_index::leaf_record* block_index::leaf_or_new(std::size_t leaf) {
  if (leaf < leaf_count && leaves_[leaf] == nullptr) {
    leaves_[leaf] = static_cast<leaf_record*>(map_pages(sizeof(leaf_record)));
    if (leaves_[leaf] != nullptr) {
      leaves_[leaf]->first = leaf_pages;
    }
    first_leaf_ = leaf < first_leaf_ ? leaf : first_leaf_;
    last_leaf_ = leaf > last_leaf_ ? leaf : last_leaf_;
  }
  return leaf < leaf_count ? leaves_[leaf] : nullptr;
}

// Makes the pages that a block lies in known to their leaves.
bool block_index::cover(std::uintptr_t start, std::uintptr_t end) {
  low_ = start < low_ ? start : low_;
  high_ = end > high_ ? end : high_;
  for (std::size_t at = start >> leaf_bits; at <= (end - 1) >> leaf_bits; ++at) {
    leaf_record* leaf = leaf_or_new(at);
    if (leaf == nullptr) {
      return false;
    }
    const auto first =
        static_cast<std::uint32_t>(at == start >> leaf_bits ? page_number(start) : 0);
    const auto past = static_cast<std::uint32_t>(
        at == (end - 1) >> leaf_bits ? page_number(end - 1) + 1 : leaf_pages);
    leaf->first = first < leaf->first ? first : leaf->first;
    leaf->end = past > leaf->end ? past : leaf->end;
  }
  return true;
}

bool block_index::mark_starts(const live_table& table) {
  bool enough = true;
  table.visit_pages([&](const live_table::page_view& view) {
    std::uint64_t starts[4] = {};
    std::uintptr_t first = ~std::uintptr_t{0};
    std::uintptr_t end = 0;
    for (unsigned i = 0; i < view.count; ++i) {
      const std::uint8_t granule = view.granules[i];
      const std::uintptr_t start = view.address + std::uintptr_t{granule} * 8;
      const std::uint64_t size = size_of(view.records[i]);
      const std::uintptr_t its_end = start + (size == 0 ? 1 : size);
      starts[granule >> 6] |= std::uint64_t{1} << (granule & 63);
      first = start < first ? start : first;
      end = its_end > end ? its_end : end;
    }
    enough = enough && cover(first, end);
    if (enough) {
      page& at = leaves_[first >> leaf_bits]->pages[page_number(first)];
      __builtin_memcpy(at.starts, starts, sizeof at.starts);
    }
    found_ += view.count;
  });
  low_ = found_ == 0 ? high_ : low_;
  return enough && found_ < no_block;
}

void block_index::number_pages() {
  for (std::size_t number = first_leaf_; number <= last_leaf_ && number < leaf_count; ++number) {
    leaf_record* leaf = leaves_[number];
    if (leaf == nullptr) {
      continue;
    }
    used_leaves_[used_leaf_count_++] = static_cast<std::uint32_t>(number);
    leaf->before = count_;
    for (std::size_t i = leaf->first; i < leaf->end; ++i) {
      page& at = leaf->pages[i];
      at.before = count_;
      unsigned here = 0;
      for (unsigned word = 0; word < 4; ++word) {
        at.before_word[word] = static_cast<std::uint8_t>(here);
        here += count_bits(at.starts[word]);
      }
      count_ += here;
    }
    leaf->after = count_;
  }
}

void block_index::note_blocks(const live_table& table) {
  table.visit_pages([&](const live_table::page_view& view) {
    for (unsigned i = 0; i < view.count; ++i) {
      const std::uintptr_t start = view.address + std::uintptr_t{view.granules[i]} * 8;
      const block_number block = candidate(start);
      const std::uint64_t size = size_of(view.records[i]);
      starts_[block] = start;
      sizes_[block] = size < large_flag
                          ? (size == 0 ? 1 : static_cast<std::uint32_t>(size))
                          : large_flag + static_cast<std::uint32_t>((size + 4095) >> 12);
    }
  });
}

bool block_index::build(const live_table& table) {
  leaves_ = static_cast<leaf_record**>(map_pages(leaf_count * sizeof(leaf_record*)));
  used_leaves_ = static_cast<std::uint32_t*>(map_pages(leaf_count * sizeof *used_leaves_));
  if (leaves_ == nullptr || used_leaves_ == nullptr || !mark_starts(table)) {
    return false;
  }
  starts_ = static_cast<std::uintptr_t*>(map_pages(found_ * sizeof *starts_ + 8));
  sizes_ = static_cast<std::uint32_t*>(map_pages(found_ * sizeof *sizes_ + 8));
  if (starts_ == nullptr || sizes_ == nullptr) {
    return false;
  }
  number_pages();
  note_blocks(table);
  return true;
}

// Blocks that start before granule `end` (at most 256) of the page.
block_number block_index::starts_below(const page& at, unsigned end) {
  if (end == 0) {
    return at.before;
  }
  const unsigned word = (end - 1) / 64;
  const std::uint64_t below = ~std::uint64_t{0} >> (63 - (end - 1) % 64);
  return at.before + at.before_word[word] + count_bits(at.starts[word] & below);
}

block_number block_index::blocks_before(std::uintptr_t address) const {
  const std::uintptr_t top = address >> leaf_bits;
  std::size_t low = 0;
  std::size_t high = used_leaf_count_;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (used_leaves_[middle] < top) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  if (low == used_leaf_count_) {
    return count_;
  }
  const leaf_record& leaf = *leaves_[used_leaves_[low]];
  if (used_leaves_[low] != top || page_number(address) < leaf.first) {
    return leaf.before;
  }
  return page_number(address) >= leaf.end
             ? leaf.after
             : starts_below(leaf.pages[page_number(address)], address >> 3 & 255);
}

block_number block_index::candidate(std::uintptr_t address) const {
  return starts_below(page_of(address), (address >> 3 & 255) + 1) - 1;  // 0 becomes no_block
}

}  // namespace track::runtime
