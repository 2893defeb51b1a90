// One block grown four times: each realloc of a live block is one reallocation, one allocation and
// one free, as memcheck counts.
// expect: {"totals": {"allocations": 5, "frees": 5, "reallocations": 4, "bytes_allocated": 1500, "live_blocks": 0}}
#include <stdlib.h>

#include "keep.h"

int main(void) {
  char* block = keep(malloc(100));
  for (size_t i = 2; i <= 5; ++i) {
    block = keep(realloc(block, i * 100));
  }
  free(block);
  return 0;
}
