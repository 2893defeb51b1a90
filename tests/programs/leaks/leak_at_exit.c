// A block is lost by a handler of atexit.
// expect: {"classes": {"definitely": [1, 100]}, "lost_in": "late", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static APART void late(void) {
  void* block = keep(malloc(100));
#ifdef CLEAN
  free(block);
#endif
  keep(block);
}

static void handler(void) {
  late();
  forget();
}

int main(void) {
  return atexit(handler);
}
