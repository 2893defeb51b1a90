// The numbers of blocks that track's own allocators hand out: what block_ref falls back on.
// Floor 3.
//
// Never inside malloc: it allocates. Any thread; a sharded table under locks that are leaves.
// cost: one node of 32 bytes a block.
#pragma once

#include <cstdint>

#include <track/detail/api.hpp>

namespace track::detail::block_table {

// A new block; its number, never given twice. An address that is still noted was freed unseen: it
// gets the new number. errors: bad_alloc.
LIBTRACK_API std::uint64_t note(const void* block);
// Before the memory goes back. Unknown blocks are ignored.
LIBTRACK_API void forget(const void* block) noexcept;
// 0: not noted.
LIBTRACK_API std::uint64_t serial_of(const void* block) noexcept;

}  // namespace track::detail::block_table
