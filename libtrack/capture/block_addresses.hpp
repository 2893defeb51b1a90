// Where the blocks of a heap graph lie, rising: four bytes a block. Floor 4.
//
// Kept as granules of 8 bytes from a base; a heap that jumps by more than that can say begins with
// a new base. A value. cost: a look-up is a binary search over the bases, of which there are few.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

namespace track::capture {

class block_addresses {
 public:
  std::size_t size() const { return granules_.size(); }
  bool empty() const { return granules_.empty(); }
  void reserve(std::size_t blocks) { granules_.reserve(blocks); }

  // `address`: a multiple of 8, and no less than the last.
  void push_back(std::uint64_t address) {
    if (runs_.empty() || (address - runs_.back().base) / 8 > most_granules) {
      runs_.push_back({granules_.size(), address});
    }
    granules_.push_back(static_cast<std::uint32_t>((address - runs_.back().base) / 8));
  }

  std::uint64_t operator[](std::size_t block) const {
    const auto after =
        std::upper_bound(runs_.begin(), runs_.end(), block,
                         [](std::size_t wanted, const run& each) { return wanted < each.first; });
    return (after - 1)->base + std::uint64_t{granules_[block]} * 8;
  }
  std::uint64_t back() const { return runs_.back().base + std::uint64_t{granules_.back()} * 8; }

  // How many blocks begin at or before the address.
  std::size_t count_to(std::uint64_t address) const {
    std::size_t low = 0;
    std::size_t high = size();
    while (low < high) {
      const std::size_t middle = low + (high - low) / 2;
      if ((*this)[middle] <= address) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

 private:
  static constexpr std::uint64_t most_granules = std::numeric_limits<std::uint32_t>::max();
  struct run {
    std::size_t first;  // its first block
    std::uint64_t base;
  };

  std::vector<std::uint32_t> granules_;
  std::vector<run> runs_;
};

}  // namespace track::capture
