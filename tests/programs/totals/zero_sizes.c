// Blocks of no bytes are blocks: malloc(0) and calloc(0, 8), one of them kept.
// expect: {"totals": {"allocations": 2, "frees": 1, "bytes_allocated": 0, "live_blocks": 1, "live_bytes": 0}}
#include <stdlib.h>

#include "keep.h"

int main(void) {
  keep(malloc(0));
  free(keep(calloc(0, 8)));
  return 0;
}
