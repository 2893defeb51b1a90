// LD_PRELOAD is in use already: both libraries work, and the program sees only its own.
// env: LD_PRELOAD={bin}/bump.plugin.so
// builds: bump.plugin
// expect: {"status": 0, "totals": {"allocations": 10, "frees": 4, "live_blocks": 6}, "mismatches": []}
#include <stdlib.h>
#include <string.h>

#include "keep.h"

int main(void) {
  const char* preload = getenv("LD_PRELOAD");
  if (preload == NULL || strstr(preload, "bump.plugin.so") == NULL ||
      strchr(preload, ':') != NULL) {
    return 1;
  }
  for (int i = 0; i < 10; ++i) {
    void* block = keep(malloc(100));
    if (i < 4) {
      free(block);
    }
  }
  return 0;
}
