// Captures here with ours and with libgcc's unwinder and tells how many frames differ.
#pragma once

#include <cstddef>

#include "libtrack/unwind/unwind.hpp"
#include "tests/unit/unwind/reference.hpp"

namespace track::unwind::test {

inline constexpr std::uint16_t only_module = 7;

// Gives every module the same number. Call first in every test.
void prepare();

struct comparison {
  capture taken;
  std::size_t differing;
  std::size_t reference_count;
  bool remembered = false;
  bool mistaken = false;
};

// The stack of the caller; the cache is this thread's own unless given.
comparison compare_here();
comparison compare_here(stack_cache& cache, std::uint32_t depth_limit);

stack_cache& thread_cache();
const reference_stack& last_reference();

// For fixtures: counts into `tally` what compare_here says.
struct tally {
  std::size_t captures = 0;
  std::size_t frames = 0;
  std::size_t differing = 0;
  std::size_t kept = 0;
  std::size_t remembered = 0;  // whole stacks that the memo knew
  std::size_t mistaken = 0;    // and that were others
};
void compare_into(void* tally_pointer);

// Both stacks as text, for a failed expectation.
const char* describe_last();

}  // namespace track::unwind::test
