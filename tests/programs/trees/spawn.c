// posix_spawn of a program that makes ten blocks, with an environment of its own.
// args: {bin}/malloc_free
// expect: {"processes": 2, "states": ["complete"], "totals": {"allocations": 1, "frees": 1}, "sum": {"allocations": 11, "frees": 7}}
#include <spawn.h>
#include <sys/wait.h>

#include <stdlib.h>

#include "keep.h"

int main(int argc, char** argv) {
  char* environment[] = {"ONLY=this", NULL};
  pid_t child = 0;
  int status = 1;
  free(keep(malloc(10)));
  if (argc != 2 || posix_spawn(&child, argv[1], NULL, NULL, argv + 1, environment) != 0) {
    return 2;
  }
  waitpid(child, &status, 0);
  return status == 0 ? 0 : 1;
}
