// The parent makes ten blocks and forks; the child frees two of them (inherited: in nobody's
// totals), makes five of its own, frees one, and leaves by exit.
// expect: {"processes": 2, "states": ["complete"], "totals": {"allocations": 10, "frees": 0, "live_blocks": 10}, "sum": {"allocations": 15, "frees": 1, "inherited_frees": 2}, "mismatches": []}
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  void* blocks[10];
  for (int i = 0; i < 10; ++i) {
    blocks[i] = keep(malloc(100));
  }
  pid_t child = fork();
  if (child == 0) {
    free(blocks[0]);
    free(blocks[1]);
    for (int i = 0; i < 5; ++i) {
      blocks[i] = keep(malloc(50));
    }
    free(blocks[0]);
    exit(0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
