// Limits its processes and descriptors to nothing more, allocates, ends.
// expect: {"status": 0, "states": ["complete"], "totals": {"allocations": 1000, "live_blocks": 1000}}
#include <sys/resource.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  struct rlimit processes = {1, 1};
  struct rlimit descriptors = {3, 3};
  if (setrlimit(RLIMIT_NPROC, &processes) != 0 || setrlimit(RLIMIT_NOFILE, &descriptors) != 0) {
    return 2;
  }
  for (int i = 0; i < 1000; ++i) {
    keep(malloc(100));
  }
  return 0;
}
