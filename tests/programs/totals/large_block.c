// One block of over 4 GiB (never touched), which does not fit 32 bits, freed again.
// expect: {"totals": {"allocations": 2, "frees": 1, "bytes_allocated": 6442450944, "live_blocks": 1, "live_bytes": 1073741824, "peak_bytes": [6378026435, 6442450944]}}
#include <stdlib.h>

#include "keep.h"

int main(void) {
  keep(malloc((size_t)1 << 30));
  free(keep(malloc((size_t)5 << 30)));
  return 0;
}
