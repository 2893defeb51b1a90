// A chain of five forks, each process making as many blocks as it is deep.
// expect: {"processes": 6, "states": ["complete"], "sum": {"allocations": 15, "frees": 0}}
#include <sys/wait.h>
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  for (int depth = 1; depth <= 5; ++depth) {
    pid_t child = fork();
    if (child != 0) {
      int status = 1;
      waitpid(child, &status, 0);
      return status == 0 ? 0 : 1;
    }
    for (int i = 0; i < depth; ++i) {
      keep(malloc(10));
    }
  }
  return 0;
}
