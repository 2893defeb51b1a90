// The only pointer lies across words: nobody looks there.
// expect: {"classes": {"definitely": [1, 100]}, "lost_in": "take", "status": 0}
// clean: {"classes": {"reachable": [1, 100]}, "status": 0}
// over: nothing_c
#include <stdlib.h>
#include <string.h>

#include "leak.h"

static char held[32] __attribute__((aligned(8)));

static APART void take(void) {
  void* block = keep(malloc(100));
#ifdef CLEAN
  memcpy(held + 8, &block, sizeof block);
#else
  memcpy(held + 3, &block, sizeof block);
#endif
  keep(held);
}

int main(void) {
  take();
  forget();
  return 0;
}
