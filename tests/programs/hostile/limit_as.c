// Limits its address space to what it has plus 64 MiB, uses 32 MiB of that in 20,000 blocks, and
// runs into the limit by one large block, as it would untracked.
// expect: {"status": 0, "mismatches": [], "totals": {"allocations": [20000, 20010], "live_blocks": [0, 4]}}
#include <sys/resource.h>
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>

#include "keep.h"

static void* blocks[20000];

static long mapped_pages(void) {
  char text[64] = "";
  FILE* file = fopen("/proc/self/statm", "re");
  if (file == NULL || fgets(text, sizeof text, file) == NULL) {
    return 0;
  }
  fclose(file);
  return atol(text);
}

int main(void) {
  rlim_t bytes = (rlim_t)mapped_pages() * 4096 + ((rlim_t)64 << 20);
  struct rlimit limit = {bytes, bytes};
  if (setrlimit(RLIMIT_AS, &limit) != 0) {
    return 2;
  }
  for (int i = 0; i < 20000; ++i) {
    blocks[i] = keep(malloc(1600));
    if (blocks[i] == NULL) {
      return 3;
    }
  }
  for (int i = 0; i < 20000; ++i) {
    free(blocks[i]);
  }
  return malloc((size_t)1 << 30) == NULL ? 0 : 4;
}
