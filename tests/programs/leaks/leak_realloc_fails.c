// `p = realloc(p, too_much)`: NULL comes back and the old block is lost.
// expect: {"classes": {"definitely": [1, 24]}, "lost_in": "main", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
// lsan: null
// note: LeakSanitizer ends a program that asks for too much
#include <stdlib.h>

#include "leak.h"

static void* volatile held;

int main(void) {
  held = malloc(24);
  void* wider = realloc(held, (size_t)keep((void*)(~(size_t)0 >> 2)));
#ifdef CLEAN
  free(held);
#endif
  held = wider;
  forget();
  return wider != 0;
}
