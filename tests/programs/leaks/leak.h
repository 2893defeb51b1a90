// For the leaking fixtures: pointers that are gone for good, in every build.
#ifndef LIBTRACK_TESTS_PROGRAMS_LEAK_H
#define LIBTRACK_TESTS_PROGRAMS_LEAK_H

#include <stddef.h>

#include "keep.h"

// A function of its own, so that its frame and what its registers held are left behind.
#define APART __attribute__((noinline))

// Overwrites what earlier calls left below the stack pointer and in registers.
static APART void forget(void) {
  volatile char below[32768];
  for (size_t i = 0; i < sizeof below; ++i) {
    below[i] = 0;
  }
  __asm__ volatile(
      "xor %%eax, %%eax\n xor %%ecx, %%ecx\n xor %%edx, %%edx\n xor %%esi, %%esi\n xor %%edi, "
      "%%edi\n"
      "xor %%r8d, %%r8d\n xor %%r9d, %%r9d\n xor %%r10d, %%r10d\n xor %%r11d, %%r11d\n"
      :
      :
      : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory");
}

#endif
