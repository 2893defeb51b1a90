// Makes 1,000 blocks of 100 bytes, says so with its pid, and with the argument "wait" then waits
// for a signal.
// expect: {"status": 0, "totals": {"allocations": 1001, "frees": 0, "live_blocks": 1001}}
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>

#include "keep.h"

int main(int argc, char** argv) {
  (void)argv;
  for (int i = 0; i < 1000; ++i) {
    keep(malloc(100));
  }
  if (argc == 2) {
    // dprintf would allocate, and a kill may come before it frees.
    char text[32];
    int length = snprintf(text, sizeof text, "ready %d\n", (int)getpid());
    if (write(1, text, (size_t)length) < 0) {
      return 1;
    }
    pause();
  } else {
    puts("ready");
  }
  return 0;
}
