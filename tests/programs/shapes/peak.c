// Rises to 1,000 blocks of 10,000 bytes, falls to nothing, rises again to 500: the peak is the
// first summit, all of it from `summit`.
// expect: {"totals": {"allocations": 1500, "frees": 1500, "peak_bytes": [9900000, 10000000], "live_blocks": 0}}
#include <stdlib.h>

#include "keep.h"

static void* blocks[1000];

__attribute__((noinline)) static void summit(int count) {
  for (int i = 0; i < count; ++i) {
    blocks[i] = keep(malloc(10000));
  }
  for (int i = 0; i < count; ++i) {
    free(blocks[i]);
  }
}

int main(void) {
  summit(1000);
  summit(500);
  return 0;
}
