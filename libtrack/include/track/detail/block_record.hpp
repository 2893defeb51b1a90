// What track's allocators keep of a block, behind its last byte. Floor 3.
//
// In front of it, the pointer that the program holds would be one into the inside of the heap
// block, and the heap graph could only call it an interior one. A deallocation knows the size, so
// the end is found. Blocks made while tracking was off have an id of none.
#pragma once

#include <cstddef>
#include <cstring>
#include <limits>

#include <track/detail/record.hpp>

namespace track::detail {

inline constexpr std::size_t block_end_bytes = sizeof(record_id);
inline constexpr std::size_t max_block_bytes =
    static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - block_end_bytes;

// A new block of `bytes` and block_end_bytes behind them.
LIBTRACK_API record_id add_block(void* block, std::size_t bytes, const text* type,
                                 const text* label) noexcept;
LIBTRACK_API void remove_block(record_id id, void* block) noexcept;

template <class Type>
void note_block(void* block, std::size_t bytes, Type type, const text* label = nullptr) noexcept {
  record_id id;
  if (is_tracking()) {
    id = add_block(block, bytes, type(), label);
  }
  std::memcpy(static_cast<char*>(block) + bytes, &id, sizeof id);
}

inline void forget_block(void* block, std::size_t bytes) noexcept {
  record_id id;
  std::memcpy(&id, static_cast<const char*>(block) + bytes, sizeof id);
  if (id.index != 0) {
    remove_block(id, block);
  }
}

}  // namespace track::detail
