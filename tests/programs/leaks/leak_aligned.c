// Blocks of high alignment.
// expect: {"classes": {"definitely": [4, 1320]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <malloc.h>
#include <stdlib.h>

#include "leak.h"

static APART void take(void) {
  void* blocks[4] = {0};
  if (posix_memalign(&blocks[0], 4096, 100) != 0) {
    abort();
  }
  blocks[1] = keep(memalign(1 << 20, 200));
  blocks[2] = keep(aligned_alloc(64, 320));
  blocks[3] = keep(valloc(700));
#ifdef CLEAN
  for (int i = 0; i < 4; ++i) {
    free(blocks[i]);
  }
#endif
  keep(blocks);
}

int main(void) {
  take();
  forget();
  return 0;
}
