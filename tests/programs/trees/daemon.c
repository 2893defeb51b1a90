// Forks a child that outlives it and then ends by itself: both are in the capture in the end.
// expect: {"status": 0, "totals": {"allocations": 1}}
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  int gate[2];
  char byte = 0;
  keep(malloc(10));
  if (pipe(gate) != 0) {
    return 1;
  }
  if (fork() == 0) {
    setsid();
    close(gate[1]);
    close(1);
    close(2);
    // Ends when the parent, the pipe's other end, is gone.
    return read(gate[0], &byte, 1) == 0 ? 0 : 1;
  }
  return 0;
}
