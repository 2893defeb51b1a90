// The last pointer is overwritten by the next block.
// expect: {"classes": {"definitely": [9, 450], "reachable": [1, 50]}, "lost_in": "main", "status": 0}
// clean: {"classes": {"reachable": [1, 50]}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static void* volatile held;

int main(void) {
  for (int i = 0; i < 10; ++i) {
#ifdef CLEAN
    free(held);
#endif
    held = malloc(50);
  }
  forget();
  return 0;
}
