// Sizes that do not fit a block record's 32 bits. Floor 3, freestanding.
//
// A fixed table; when it is used up a size is kept as 4 GiB less one. Any thread; lock-free.
#pragma once

#include <cstdint>

#include "libtrack/runtime/live_table.hpp"

namespace track::runtime {

// The value for block_record::size(); sets block_flags::large in `flags` where it is a place here.
std::uint32_t store_size(std::uint64_t size_bytes, std::uint8_t& flags);

std::uint64_t large_size_at(std::uint32_t place);
void drop_large_size(std::uint32_t place);

inline std::uint64_t size_of(const block_record& block) {
  return __builtin_expect((block.flags() & large) != 0, 0) ? large_size_at(block.size())
                                                           : block.size();
}

// The block's record is used no more.
inline void drop_size(const block_record& block) {
  if (__builtin_expect((block.flags() & large) != 0, 0)) {
    drop_large_size(block.size());
  }
}

}  // namespace track::runtime
