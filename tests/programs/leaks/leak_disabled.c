// LeakSanitizer's interface: what a thread allocates between __lsan_disable and __lsan_enable.
// expect: {"classes": {"reachable": [1, 100], "definitely": [1, 30]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// memcheck: {"definitely": [2, 130]}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static APART void take(void) {
  if (__lsan_disable != 0) {
    __lsan_disable();
    __lsan_disable();
    __lsan_enable();
  }
  void* ignored = keep(malloc(100));
  if (__lsan_enable != 0) {
    __lsan_enable();
  }
  void* lost = keep(malloc(30));
#ifdef CLEAN
  free(ignored);
  free(lost);
#endif
  keep(ignored);
  keep(lost);
}

int main(void) {
  take();
  forget();
  return 0;
}
