// Ten blocks of 100 bytes by malloc, six of them freed; free(NULL) counts nothing.
// expect: {"totals": {"allocations": 10, "frees": 6, "bytes_allocated": 1000, "live_blocks": 4, "live_bytes": 400, "peak_bytes": 1000, "reallocations": 0}, "mismatches": [], "survivors": [{"function": "leak_some", "blocks": 4, "bytes": 400}]}
// clean: {"totals": {"allocations": 10, "frees": 10, "bytes_allocated": 1000, "live_blocks": 0, "live_bytes": 0}, "survivors": []}
#include <stdlib.h>

#include "keep.h"

__attribute__((noinline)) static void leak_some(void) {
  void* blocks[10];
  for (int i = 0; i < 10; ++i) {
    blocks[i] = keep(malloc(100));
  }
#ifdef CLEAN
  int freed = 10;
#else
  int freed = 6;
#endif
  for (int i = 0; i < freed; ++i) {
    free(blocks[i]);
  }
  free(NULL);
}

int main(void) {
  leak_some();
  return 0;
}
