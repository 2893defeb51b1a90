// A block moves as it grows and the new address is not kept.
// expect: {"classes": {"definitely": [1, 300000]}, "lost_in": "grow", "status": 0}
// clean: {"classes": {"reachable": [1, 300000]}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static void* volatile held;

static APART void grow(void) {
  void* wider = keep(realloc(held, 300000));
#ifdef CLEAN
  held = wider;
#endif
  keep(wider);
}

int main(void) {
  held = malloc(16);
  grow();
  forget();
  return held == 0;
}
