// Serial numbers of live blocks that somebody asked about: a block_ref tells by them whether an
// address still is the same block. Floor 3, freestanding.
//
// Few blocks have one, so it is no part of a block's record: a flag there says that there is one
// here. Address → number in one open hash table of private memory, which doubles when three
// quarters of it are used. Numbers rise and are never given again, also not in a fork's child,
// which keeps the table. One lock, taken inside that of the block's page. cost: two cache misses;
// 16 bytes a place. errors: 0 when there is no memory.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/base/spin_lock.hpp"
#include "libtrack/runtime/arena.hpp"

namespace track::runtime {

class block_serials {
 public:
  // The number of the block at `address`, whose page is locked. `has_one`: as its flag says; what
  // is found for a block without the flag was another's, whose end was missed, and is replaced.
  std::uint64_t number_of(std::uintptr_t address, bool has_one, slab_pool& pool);

  // The block is gone; nothing happens where it has no number.
  void drop(std::uintptr_t address, slab_pool& pool);

  // In a fork's child that could not take over the live table: nothing is known any more, and
  // whoever held the lock is not here.
  void forget_all();

  std::size_t count() const { return count_; }

 private:
  struct entry {
    std::uintptr_t address;  // 0: free
    std::uint64_t serial;
  };
  class guard;

  std::size_t place_of(std::uintptr_t address) const;
  std::size_t find(std::uintptr_t address) const;
  bool grow();

  spin_lock lock_;
  entry* entries_ = nullptr;
  std::size_t capacity_ = 0;  // a power of two
  std::size_t count_ = 0;
  std::uint64_t last_ = 0;  // given so far
};

extern block_serials known_serials;

}  // namespace track::runtime
