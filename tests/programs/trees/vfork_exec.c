// vfork and exec of a program that allocates nothing; the parent frees its block afterwards.
// args: {bin}/nothing_c
// expect: {"processes": 2, "states": ["complete"], "totals": {"allocations": 1, "frees": 1}, "sum": {"allocations": 1, "frees": 1}}
// flags: -w
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(int argc, char** argv) {
  void* block = keep(malloc(10));
  if (argc != 2) {
    return 2;
  }
  pid_t child = vfork();
  if (child == 0) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  int status = 1;
  waitpid(child, &status, 0);
  free(block);
  return status == 0 ? 0 : 1;
}
