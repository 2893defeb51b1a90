// Limits file size to nothing, then allocates at many sites and forks: no SIGXFSZ of ours.
// expect: {"status": 0, "processes": 2, "sum": {"allocations": 2000, "live_blocks": 2000}}
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

static void allocate_some(void) {
  for (int i = 0; i < 1000; ++i) {
    keep(malloc(100));
  }
}

int main(void) {
  struct rlimit none = {0, 0};
  if (setrlimit(RLIMIT_FSIZE, &none) != 0) {
    return 2;
  }
  allocate_some();
  pid_t child = fork();
  if (child == 0) {
    allocate_some();
    exit(0);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
