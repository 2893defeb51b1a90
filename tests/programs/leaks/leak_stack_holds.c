// A variable of main holds the block when exit is called.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

int main(void) {
  void* volatile held = malloc(100);
  forget();
#ifdef CLEAN
  free(held);
  held = 0;
#endif
  exit(held == 0 ? 0 : 0);
}
