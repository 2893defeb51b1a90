/* For the fixtures: makes a pointer look used, so that no compiler drops the allocation. */
#ifndef LIBTRACK_TESTS_PROGRAMS_KEEP_H
#define LIBTRACK_TESTS_PROGRAMS_KEEP_H

static inline void* keep(void* pointer) {
  __asm__ volatile("" : "+r"(pointer) : : "memory");
  return pointer;
}

#endif
