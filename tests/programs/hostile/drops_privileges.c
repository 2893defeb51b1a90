// Becomes nobody, then allocates, forks and execs: parent, child and the program are recorded.
// needs: root
// args: {bin}/malloc_free
// expect: {"status": 0, "processes": 3, "sum": {"allocations": 15, "frees": 6}}
// flags: -D_GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

#include <grp.h>
#include <stdlib.h>

#include "keep.h"

int main(int argc, char** argv) {
  if (setgroups(0, NULL) != 0 || setresgid(65534, 65534, 65534) != 0 ||
      setresuid(65534, 65534, 65534) != 0) {
    return 2;
  }
  for (int i = 0; i < 5; ++i) {
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
