// Blocks of no bytes: lost, and held.
// expect: {"classes": {"definitely": [1, 0], "reachable": [1, 0]}, "lost_in": "take", "status": 0}
// clean: {"classes": {"reachable": [1, 0]}, "status": 0}
// over: nothing_c
// lsan: {"definitely": [1, 1]}
// note: LeakSanitizer gives one byte
#include <stdlib.h>

#include "leak.h"

static void* volatile held;

static APART void take(void) {
  void* block = keep(malloc(0));
  held = malloc(0);
#ifdef CLEAN
  free(block);
#endif
  keep(block);
}

int main(void) {
  take();
  forget();
  return 0;
}
