/* Three blocks of 100 bytes that stay alive however the program ends. */
#ifndef LIBTRACK_TESTS_PROGRAMS_EXITS_HELD_H
#define LIBTRACK_TESTS_PROGRAMS_EXITS_HELD_H

#include <stdlib.h>

#include "keep.h"

static void* held[3];

__attribute__((noinline)) static void hold(void) {
  for (int i = 0; i < 3; ++i) {
    held[i] = keep(malloc(100));
  }
}

#endif
