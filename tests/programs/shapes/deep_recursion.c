// Allocates every thousand calls on the way down to depth 100,000, and frees all but one on the way
// up. Stacks are cut at the depth limit; nothing else is lost.
// expect: {"totals": {"allocations": 100, "frees": 99, "live_blocks": 1, "live_bytes": 64}, "survivors": [{"function": "descend", "blocks": 1, "bytes": 64}], "status": 0}
// flags: -fno-optimize-sibling-calls
#include <stdlib.h>

#include "keep.h"

__attribute__((noinline)) static int descend(int depth) {
  void* block = depth % 1000 == 0 ? keep(malloc(64)) : NULL;
  int below = depth > 1 ? descend(depth - 1) : 0;
  if (depth != 50000) {
    free(keep(block));
  }
  return below + 1;
}

int main(void) {
  return descend(100000) == 100000 ? 0 : 1;
}
