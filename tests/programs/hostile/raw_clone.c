// A child by the system call, without libc's knowledge: it allocates, frees what it inherited and
// leaves. The parent's numbers stay its own.
// expect: {"status": 0, "totals": {"allocations": 11, "frees": 1, "live_blocks": 10}, "mismatches": []}
// flags: -D_GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  void* blocks[10];
  for (int i = 0; i < 10; ++i) {
    blocks[i] = keep(malloc(100));
  }
  long child = syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
  if (child == 0) {
    for (int i = 0; i < 10; ++i) {
      free(blocks[i]);
      keep(malloc(200));
    }
    syscall(SYS_exit_group, 0);
  }
  int status = 1;
  waitpid((pid_t)child, &status, 0);
  free(keep(malloc(10)));
  return status == 0 ? 0 : 1;
}
