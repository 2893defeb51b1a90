// Closes every descriptor, then forks and execs: the recorder needs none of the program's.
// args: {bin}/malloc_free
// expect: {"status": 0, "processes": 3, "sum": {"allocations": 14, "frees": 6}}
// flags: -D_GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(int argc, char** argv) {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    close(descriptor);
  }
  close_range(3, ~0U, 0);
  for (int i = 0; i < 4; ++i) {
    keep(malloc(10));
  }
  pid_t child = fork();
  if (child == 0 && argc == 2) {
    execv(argv[1], argv + 1);
    _exit(127);
  }
  int status = 1;
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
