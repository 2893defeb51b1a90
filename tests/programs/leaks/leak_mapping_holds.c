// Memory that the program mapped itself holds the block.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -D_GNU_SOURCE
// lsan: {"definitely": [1, 100]}
// note: LeakSanitizer wants such memory registered (__lsan_register_root_region)
// over: nothing_c
#include <sys/mman.h>

#include <stdlib.h>

#include "leak.h"

static APART void take(void) {
  void** mapped =
      (void**)mmap(0, 1 << 16, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mapped[1000] = malloc(100);
#ifdef CLEAN
  free(mapped[1000]);
#endif
}

int main(void) {
  take();
  forget();
  return 0;
}
