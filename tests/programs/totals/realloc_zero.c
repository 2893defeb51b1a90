// realloc(p, 0) frees, in glibc: nothing is left.
// expect: {"totals": {"allocations": [1, 2], "live_blocks": 0, "live_bytes": 0}, "mismatches": []}
#include <stdlib.h>

#include "keep.h"

int main(void) {
  volatile size_t none = 0;
  return realloc(keep(malloc(100)), none) == NULL ? 0 : 1;
}
