// The real functions that our hooks forward to, and memory for the time before they are known.
// Floor 3, freestanding.
#pragma once

#include <signal.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>

namespace track::runtime {

template <typename T>
using function_type = T;
using signal_handler = void(int);

struct real_functions {
#define LIBTRACK_REAL(member, symbol, ...) function_type<__VA_ARGS__>* member;
#include "libtrack/runtime/real.inc"
#undef LIBTRACK_REAL
  // operator new of libstdc++, libc++ or the malloc provider is malloc underneath: the hook calls
  // malloc itself and forwards only on failure. Otherwise the program brings its own.
  bool new_is_malloc;
  // The global operator new is ours; if not, a program replaced a part of the new family, and what
  // it allocates with can be released by any of them.
  bool new_is_ours;
  // The allocator is none we know: its functions may call one another through our hooks.
  bool may_reenter;
  // malloc called by the program reaches us first. If not nothing can be seen.
  bool malloc_is_ours;
};
extern real_functions real;

// Fills `real`. Allocations that dlsym makes meanwhile must come from bootstrap_allocate.
void resolve_real_functions();

// Zeroed memory that is never freed, for the time until `real` is known; nullptr when used up.
void* bootstrap_allocate(std::size_t size_bytes, std::size_t alignment);
bool is_bootstrap(const void* address);
// Usable size of a bootstrap block.
std::size_t bootstrap_size(const void* address);

// operator new of whatever C++ runtime is loaded by now, for a C program that loaded a C++ plug-in;
// nullptr when there is none.
void* find_in_cxx_runtime(const char* symbol);

}  // namespace track::runtime
