// vfork whose exec fails, so that the child leaves by _exit: the parent goes on in the same slot.
// expect: {"status": 0, "totals": {"allocations": 2, "frees": 2}, "mismatches": []}
// flags: -w
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  void* block = keep(malloc(10));
  char* arguments[] = {"missing", NULL};
  pid_t child = vfork();
  if (child == 0) {
    execv("/nonexistent/missing", arguments);
    _exit(9);
  }
  int status = 0;
  waitpid(child, &status, 0);
  free(block);
  free(keep(malloc(10)));
  return WEXITSTATUS(status) == 9 ? 0 : 1;
}
