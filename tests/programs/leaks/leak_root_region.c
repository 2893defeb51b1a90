// LeakSanitizer's interface: a region of shared memory is made a root.
// expect: {"classes": {"reachable": [1, 100], "definitely": [1, 30]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -D_GNU_SOURCE
// memcheck: {"reachable": [2, 130]}
// note: memcheck scans shared mappings
// over: nothing_c
#include <sys/mman.h>

#include <stdlib.h>

#include "leak.h"

void __lsan_register_root_region(const void* begin, size_t size) __attribute__((weak));
void __lsan_unregister_root_region(const void* begin, size_t size) __attribute__((weak));

static APART void take(void) {
  void** shared =
      (void**)mmap(0, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  shared[10] = malloc(100);
  shared[1000] = malloc(30);
  if (__lsan_register_root_region != 0) {
    __lsan_register_root_region(shared, 800);
    __lsan_register_root_region(shared + 1000, 8);
    __lsan_unregister_root_region(shared + 1000, 8);
  }
#ifdef CLEAN
  free(shared[10]);
  free(shared[1000]);
#endif
}

int main(void) {
  take();
  forget();
  return 0;
}
