// Two lost blocks share a third: it is lost through them.
// expect: {"classes": {"definitely": [2, 32], "indirectly": [1, 50]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static APART void take(void) {
  void** first = (void**)keep(malloc(16));
  void** second = (void**)keep(malloc(16));
  first[0] = second[1] = keep(malloc(50));
  first[1] = second[0] = 0;
#ifdef CLEAN
  free(first[0]);
  free((void*)first);
  free((void*)second);
#endif
  keep((void*)first);
  keep((void*)second);
}

int main(void) {
  take();
  forget();
  return 0;
}
