// A thousand lost blocks of one place are one finding.
// expect: {"classes": {"definitely": [1000, 24000]}, "lost_in": "take", "findings": 1, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static APART void take(void) {
  void* block = keep(malloc(24));
#ifdef CLEAN
  free(block);
#endif
  keep(block);
}

int main(void) {
  for (int i = 0; i < 1000; ++i) {
    take();
  }
  forget();
  return 0;
}
