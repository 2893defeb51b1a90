// memcheck's heuristic length64: a block begins with its length, the program keeps what follows.
// expect: {"classes": {"reachable": [1, 108]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdint.h>
#include <stdlib.h>

#include "leak.h"

static char* volatile held;

static APART void take(void) {
  uint64_t* block = (uint64_t*)malloc(8 + 100);
  block[0] = 100;
  held = (char*)(block + 1);
}

int main(void) {
  take();
  forget();
#ifdef CLEAN
  free(held - 8);
#endif
  return 0;
}
