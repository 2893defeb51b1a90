// Only a pointer into the block is left.
// expect: {"classes": {"possibly": [1, 100]}, "lost_in": "take", "status": 0}
// clean: {"classes": {"reachable": [1, 100]}, "status": 0}
// lsan: {"reachable": [1, 100]}
// note: LeakSanitizer takes interior pointers for pointers
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static char* volatile held;

static APART void take(void) {
  char* block = (char*)keep(malloc(100));
  block[0] = 1;
#ifdef CLEAN
  held = block;
#else
  held = block + 40;
#endif
}

int main(void) {
  take();
  forget();
  return held == 0;
}
