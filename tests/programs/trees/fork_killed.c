// The child makes five blocks and is killed; the parent ends well.
// expect: {"processes": 2, "status": 0, "totals": {"allocations": 1, "live_blocks": 1}, "sum": {"allocations": 6, "live_blocks": 6}, "states": ["complete", "incomplete"]}
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  keep(malloc(10));
  pid_t child = fork();
  if (child == 0) {
    for (int i = 0; i < 5; ++i) {
      keep(malloc(50));
    }
    raise(SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 0 : 1;
}
