// How large a thread's static TLS is. Floor 3, freestanding.
//
// glibc keeps it around the thread pointer: the modules' TLS below, the thread's own block (and
// the first level of pthread keys in it) from there on. Asked of libc once, at start, for a still
// may not call dlsym.
#pragma once

#include <cstddef>

namespace track::runtime {

struct tls_layout {
  std::size_t below = 0;  // bytes below the thread pointer
  std::size_t above = 0;  // bytes of the thread's own block
};

tls_layout find_tls_layout();

}  // namespace track::runtime
