// A thread-local variable of the program holds the block.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static __thread void* volatile held;

int main(void) {
  held = malloc(100);
  forget();
#ifdef CLEAN
  free(held);
#endif
  return 0;
}
