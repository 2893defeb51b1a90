// One lost block of each C function that hands out memory; libc made two of them.
// expect: {"classes": {"definitely": [6, 106]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -D_GNU_SOURCE
// over: nothing_c
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leak.h"

static APART void take(void) {
  char* blocks[6];
  blocks[0] = (char*)keep(malloc(10));
  blocks[1] = (char*)keep(calloc(5, 4));
  blocks[2] = (char*)keep(realloc(0, 30));
  blocks[3] = (char*)keep(reallocarray(0, 3, 10));
  blocks[4] = (char*)keep(strdup("seven.."));
  blocks[5] = (char*)keep(strndup("seven..and more", 7));
#ifdef CLEAN
  for (int i = 0; i < 6; ++i) {
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
