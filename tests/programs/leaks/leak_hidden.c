// A pointer kept as its complement is none: such blocks want __lsan_ignore_object.
// expect: {"classes": {"definitely": [1, 100]}, "lost_in": "take", "status": 0}
// clean: {"classes": {"reachable": [1, 100]}, "status": 0}
// over: nothing_c
#include <stdint.h>
#include <stdlib.h>

#include "leak.h"

static volatile uintptr_t held;

static APART void take(void) {
#ifdef CLEAN
  held = (uintptr_t)malloc(100);
#else
  held = ~(uintptr_t)malloc(100);
#endif
}

int main(void) {
  take();
  forget();
  return 0;
}
