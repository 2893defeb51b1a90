// A set of blocks that numbers its members: a bitmap with counts. Floor 5.
//
// Analyses of a part of the heap keep their arrays by rank (a member's place among the members, in
// address order), so that they cost what the part costs. Insert all, then call number(); a value,
// one thread.
// cost: 0.2 bytes a block of the heap; a rank is one load and a population count.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace track::analysis::graph {

inline constexpr std::uint32_t no_block = 0xffffffff;

class block_set {
 public:
  block_set() = default;
  explicit block_set(std::uint32_t blocks) : words_((std::size_t{blocks} + 63) / 64) {}

  void insert(std::uint32_t block) { words_[block / 64].bits |= std::uint64_t{1} << block % 64; }

  // To be called after the last insertion and before rank, size and for_each.
  void number() {
    size_ = 0;
    for (word& each : words_) {
      each.before = size_;
      size_ += static_cast<std::uint32_t>(std::popcount(each.bits));
    }
  }

  // False also for a block that the set has no room for.
  bool contains(std::uint32_t block) const {
    return block / 64 < words_.size() && (words_[block / 64].bits >> block % 64 & 1) != 0;
  }

  // Of a member.
  std::uint32_t rank(std::uint32_t block) const {
    const word& at = words_[block / 64];
    const std::uint64_t below = at.bits & ((std::uint64_t{1} << block % 64) - 1);
    return at.before + static_cast<std::uint32_t>(std::popcount(below));
  }

  std::uint32_t size() const { return size_; }

  // Calls see(block) for each member, by address.
  template <typename See>
  void for_each(See see) const {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      for (std::uint64_t left = words_[i].bits; left != 0; left &= left - 1) {
        see(static_cast<std::uint32_t>(i * 64) +
            static_cast<std::uint32_t>(std::countr_zero(left)));
      }
    }
  }

  // Calls see(block, rank) for each member, from the highest address down.
  template <typename See>
  void for_each_down(See see) const {
    std::uint32_t rank = size_;
    for (std::size_t i = words_.size(); i-- > 0;) {
      for (std::uint64_t left = words_[i].bits; left != 0;) {
        const auto bit = static_cast<std::uint32_t>(std::bit_width(left) - 1);
        left ^= std::uint64_t{1} << bit;
        see(static_cast<std::uint32_t>(i * 64) + bit, --rank);
      }
    }
  }

 private:
  struct word {
    std::uint64_t bits = 0;
    std::uint32_t before = 0;  // members in earlier words
  };

  std::vector<word> words_;
  std::uint32_t size_ = 0;
};

}  // namespace track::analysis::graph
