// A weak reference to a block of memory that nobody made observable. Floor 3.
//
// Address and serial number: the address may come back, the number never does. Numbers come from
// the preload when it runs, for every heap block; else from track's own allocators, for theirs.
// Advisory: nothing is owned and nothing locked, the block may go while the answer is read. Any
// thread; not from a signal handler.
#pragma once

#include <compare>
#include <cstdint>

#include <track/detail/api.hpp>

namespace track {

struct LIBTRACK_API block_ref {
  std::uintptr_t address = 0;    // of the block's first byte
  std::uint64_t generation = 0;  // 0: of no block

  // Of the block that starts here. Empty when nobody numbers it.
  static block_ref of(const volatile void* block) noexcept;

  // This very block has not been freed, as far as is known. Empty: false.
  bool alive() const noexcept;

  friend auto operator<=>(const block_ref&, const block_ref&) = default;
};

}  // namespace track
