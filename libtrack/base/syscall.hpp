// Raw system calls: no errno, no cancellation point, no libc. Floor 0.
//
// For code that runs inside hooks, signal handlers and children made by clone.
// errors: the kernel's negative errno value is returned as it is.
#pragma once

#include <sys/syscall.h>

namespace track::raw {

inline long call(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0,
                 long f = 0) {
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  long result;
  asm volatile("syscall"
               : "=a"(result)
               : "0"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
               : "rcx", "r11", "memory");
  return result;
}

inline long call(long number, const void* a, long b = 0, long c = 0, long d = 0, long e = 0,
                 long f = 0) {
  return call(number, reinterpret_cast<long>(a), b, c, d, e, f);
}

}  // namespace track::raw
