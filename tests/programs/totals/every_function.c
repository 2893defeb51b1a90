// One block from each C function, all freed. Bytes are those asked for.
// expect: {"totals": {"allocations": 9, "frees": 9, "bytes_allocated": 900, "live_blocks": 0, "live_bytes": 0}, "mismatches": []}
#include <malloc.h>
#include <stdlib.h>

#include "keep.h"

int main(void) {
  void* blocks[9] = {0};
  blocks[0] = keep(malloc(100));
  blocks[1] = keep(calloc(10, 10));
  blocks[2] = keep(realloc(NULL, 100));
  blocks[3] = keep(reallocarray(NULL, 10, 10));
  if (posix_memalign(&blocks[4], 64, 100) != 0) {
    return 1;
  }
  blocks[5] = keep(aligned_alloc(64, 100));
  blocks[6] = keep(memalign(64, 100));
  blocks[7] = keep(valloc(100));
  blocks[8] = keep(pvalloc(100));
  for (int i = 0; i < 9; ++i) {
    free(keep(blocks[i]));
  }
  return 0;
}
