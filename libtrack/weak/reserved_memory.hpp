// Address space of our own that becomes memory as it is used. Floor 3. Never given back.
//
// Not from malloc: the registry serves allocators, and its memory must not look like the program's.
#pragma once

#include <cstddef>

namespace track::detail {

// Zeros. Asks for `most` bytes, then for halves down to `least`; tells in `most` what it got. Null:
// there is none.
void* reserve_memory(std::size_t& most, std::size_t least) noexcept;
void release_memory(void* memory, std::size_t bytes) noexcept;

// A word that is 1 here and 0 in every child that has a copy of this memory. Null: no memory.
const unsigned* this_process_word() noexcept;

}  // namespace track::detail
