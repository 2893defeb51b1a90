// Blocks that the allocator maps one by one; the second hangs at the very end of the first.
// expect: {"classes": {"definitely": [1, 200000000], "indirectly": [1, 1000000]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
// memcheck: {"possibly": [2, 201000000]}
// note: under memcheck blocks lie so low that any number of 32 bits may point to a large one
#include <stdlib.h>

#include "leak.h"

static APART void take(void) {
  const size_t large = 200000000;
  char* block = (char*)keep(malloc(large));
  void** last = (void**)(block + large) - 1;
  *last = keep(malloc(1000000));
#ifdef CLEAN
  free(*last);
  free(block);
#endif
  keep(block);
}

int main(void) {
  take();
  forget();
  return 0;
}
