// A realloc that cannot succeed leaves the old block alive, with its size.
// expect: {"totals": {"allocations": 1, "frees": 0, "live_blocks": 1, "live_bytes": 100}, "survivors": [{"function": "main", "blocks": 1, "bytes": 100}]}
// flags: -Wno-alloc-size-larger-than -Wno-use-after-free
#include <stdint.h>
#include <stdlib.h>

#include "keep.h"

int main(void) {
  void* block = keep(malloc(100));
  volatile size_t too_much = PTRDIFF_MAX;
  return realloc(block, too_much) == NULL ? 0 : 1;
}
