// A pointer to one past the end does not hold the block.
// expect: {"classes": {"definitely": [1, 104]}, "lost_in": "take", "status": 0}
// clean: {"classes": {"reachable": [1, 104]}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static char* volatile held;

static APART void take(void) {
  char* block = (char*)keep(malloc(104));
#ifdef CLEAN
  held = block;
#else
  held = block + 104;
#endif
}

int main(void) {
  take();
  forget();
  return 0;
}
