// A global holds the block at the end: still reachable, no leak.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static void* volatile held;

int main(void) {
  held = malloc(100);
  forget();
#ifdef CLEAN
  free(held);
#endif
  return 0;
}
