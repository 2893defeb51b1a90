// Raw system calls: no errno, no cancellation point, no libc. Floor 0.
//
// For code that runs inside hooks, signal handlers and children made by clone.
// errors: the kernel's negative errno value is returned as it is.
#pragma once

#include <sys/syscall.h>

#include <cstddef>

namespace track::raw {

namespace detail {

inline long invoke(long number, long a, long b, long c, long d, long e, long f) {
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

template <typename T>
long as_word(T value) {
  if constexpr (__is_enum(T)) {
    return static_cast<long>(value);
  } else if constexpr (requires { *value; }) {
    return reinterpret_cast<long>(value);
  } else {
    return static_cast<long>(value);
  }
}

inline long as_word(void* pointer) {
  return reinterpret_cast<long>(pointer);
}
inline long as_word(const void* pointer) {
  return reinterpret_cast<long>(pointer);
}
inline long as_word(std::nullptr_t) {
  return 0;
}

}  // namespace detail

// Arguments are integers or pointers.
template <typename... Arguments>
long call(long number, Arguments... arguments) {
  static_assert(sizeof...(arguments) <= 6);
  const long words[6] = {detail::as_word(arguments)...};
  return detail::invoke(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

}  // namespace track::raw
