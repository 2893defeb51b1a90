// Recurses until the stack (1 MiB) is used up, allocating as it goes; every block is counted.
// expect: {"status": -11, "exit": {"kind": "signaled", "signal": 11}, "states": ["incomplete"], "totals": {"allocations": [100, null], "frees": 0}}
// flags: -Wno-infinite-recursion -fno-optimize-sibling-calls
#include <sys/resource.h>

#include "keep.h"

__attribute__((noinline)) static int fall(volatile char* outer) {
  volatile char frame[1024];
  frame[0] = outer[0];
  keep(malloc(16));
  return fall(frame) + frame[0];
}

int main(void) {
  struct rlimit limit = {1 << 20, 1 << 20};
  char start = 0;
  setrlimit(RLIMIT_STACK, &limit);
  return fall(&start);
}
