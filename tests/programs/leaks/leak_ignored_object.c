// LeakSanitizer's interface: a block is none of anybody's business, nor what it holds.
// expect: {"classes": {"reachable": [2, 150]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// memcheck: {"definitely": [1, 100], "indirectly": [1, 50]}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

void __lsan_ignore_object(const void* block) __attribute__((weak));

static APART void take(void) {
  void** block = (void**)keep(malloc(100));
  block[3] = keep(malloc(50));
  if (__lsan_ignore_object != 0) {
    __lsan_ignore_object(block);
  }
#ifdef CLEAN
  free(block[3]);
  free((void*)block);
#endif
  keep((void*)block);
}

int main(void) {
  take();
  forget();
  return 0;
}
