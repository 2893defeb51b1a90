// What a possibly lost block points to is possibly lost, too.
// expect: {"classes": {"possibly": [2, 132]}, "lost_in": "take", "status": 0}
// clean: {"classes": {"reachable": [2, 132]}, "status": 0}
// lsan: {"reachable": [2, 132]}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static char* volatile held;

static APART void take(void) {
  char* block = (char*)keep(malloc(100));
  *(void**)block = keep(malloc(32));
#ifdef CLEAN
  held = block;
#else
  held = block + 8 + 1;
#endif
}

int main(void) {
  take();
  forget();
  return held == 0;
}
