// _exit runs no handler; what is lost by then is lost.
// expect: {"classes": {"definitely": [1, 100], "reachable": [1, 50]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// lsan: null
// note: LeakSanitizer does not check at _exit
// over: nothing_c
#include <unistd.h>

#include <stdlib.h>

#include "leak.h"

static void* volatile held;

static APART void take(void) {
  void* block = keep(malloc(100));
  held = malloc(50);
#ifdef CLEAN
  free(block);
  free(held);
#endif
  keep(block);
}

int main(void) {
  take();
  forget();
  _exit(0);
}
