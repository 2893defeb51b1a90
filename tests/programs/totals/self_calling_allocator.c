// Linked with an allocator whose calloc and realloc call its own public malloc and free: each of
// the program's calls is one, with the size that the program asked for.
// expect: {"status": 0, "totals": {"allocations": 30, "frees": 28, "reallocations": 10, "bytes_allocated": 4500, "live_blocks": 2, "live_bytes": 350}, "mismatches": [], "survivors": [{"function": "forget_two", "blocks": 1, "bytes": 50}, {"function": "grow", "blocks": 1, "bytes": 300}]}
// clean: {"status": 0, "totals": {"allocations": 30, "frees": 30, "reallocations": 10, "bytes_allocated": 4500, "live_blocks": 0, "live_bytes": 0}, "mismatches": [], "survivors": []}
// link: self_calling.plugin
// flags: -fno-builtin
#include <stdlib.h>

#include "keep.h"

__attribute__((noinline)) static void* grow(void* block) {
  return keep(realloc(block, 300));
}

__attribute__((noinline)) static void forget_two(void** kept) {
  kept[10] = keep(malloc(50));
#ifdef CLEAN
  free(kept[0]);
  free(kept[10]);
#endif
}

int main(void) {
  void* kept[20] = {0};
  for (int i = 0; i < 10; ++i) {
    kept[i] = grow(keep(calloc(10, 10)));
  }
  forget_two(kept);
  for (int i = 11; i < 20; ++i) {
    kept[i] = keep(malloc(50));
  }
  for (int i = 1; i < 20; ++i) {
    if (i != 10) {
      free(kept[i]);
    }
  }
  return 0;
}
