// Clears the environment before it execs: the child is followed all the same.
// args: {bin}/malloc_free
// expect: {"processes": 2, "sum": {"allocations": [10, 12], "frees": [6, 8]}}
// flags: -D_GNU_SOURCE
#include <unistd.h>

#include <stdlib.h>

int main(int argc, char** argv) {
  clearenv();
  if (argc == 2) {
    execv(argv[1], argv + 1);
  }
  return 2;
}
