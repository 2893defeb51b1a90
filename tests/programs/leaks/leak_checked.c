// LeakSanitizer's interface: a check in the middle of the run is a still; it finds what is lost by
// then.
// expect: {"classes": {"definitely": [2, 150]}, "at_leak_check": {"definitely": [1, 100], "reachable": [1, 30]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "at_leak_check": {"reachable": [1, 30]}, "status": 0}
// over: nothing_c
// lsan: {"definitely": [3, 250]}
// note: LeakSanitizer tells again what it told at the check
#include <stdlib.h>

#include "leak.h"

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static void* volatile held;

static APART void take(size_t size) {
  void* block = keep(malloc(size));
#ifdef CLEAN
  free(block);
#endif
  keep(block);
}

int main(void) {
  held = malloc(30);
  take(100);
  forget();
  if (__lsan_do_recoverable_leak_check != 0) {
    __lsan_do_recoverable_leak_check();
  }
  free(held);
  take(50);
  forget();
  return 0;
}
