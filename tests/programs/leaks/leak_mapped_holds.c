// A block that the allocator mapped by itself is reachable and holds another one.
// expect: {"classes": {"reachable": [2, 1000100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static void** volatile held;

static APART void take(void) {
  held = (void**)malloc(1000000);
  held[77777] = malloc(100);
}

int main(void) {
  take();
  forget();
#ifdef CLEAN
  free(held[77777]);
  free((void*)held);
#endif
  return 0;
}
