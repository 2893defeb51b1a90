// Stacks taken by Boost.Stacktrace, each kept once and for ever. Floor 3.
//
// Without locks, in memory of our own: 32 MiB, 65,536 stacks. Any thread. Nothing here calls
// malloc.
#pragma once

#include <cstddef>
#include <cstdint>

namespace track::detail {

// The stack of the caller without its `skipped` innermost frames; 0: no room. cost: 8 us.
std::uint32_t sample_stack(unsigned skipped) noexcept;

// As libtrack_ledger_table::frames.
std::size_t sampled_frames(std::uint32_t stack, void** addresses, std::size_t most) noexcept;

}  // namespace track::detail
