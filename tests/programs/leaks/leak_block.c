// A block whose only pointer goes with its frame.
// expect: {"classes": {"definitely": [1, 100]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static APART void take(void) {
  char* block = (char*)keep(malloc(100));
  block[0] = 1;
#ifdef CLEAN
  free(block);
#endif
}

int main(void) {
  take();
  forget();
  return 0;
}
