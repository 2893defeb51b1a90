// A fresh block that nobody wrote to holds an old address. memcheck knows which words are
// initialised; we and LeakSanitizer do not.
// expect: {"classes": {"reachable": [2, 1100]}, "status": 0}
// clean: {"classes": {"reachable": [1, 1000]}, "status": 0}
// memcheck: {"reachable": [1, 1000], "definitely": [1, 100]}
// over: nothing_c
// lsan: {"definitely": [1, 100]}
// note: memcheck knows which words of a block were never written; LeakSanitizer's allocator gives
// another place
#include <stdlib.h>

#include "leak.h"

static void* volatile fresh;

static APART void take(void) {
  void* volatile* holder = (void* volatile*)keep(malloc(1000));
  holder[100] = malloc(100);
#ifdef CLEAN
  free(holder[100]);
#endif
  free((void*)holder);
}

int main(void) {
  take();
  fresh = malloc(1000);
  forget();
  return 0;
}
