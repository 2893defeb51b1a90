// Makes three blocks and becomes another program, which makes ten: two images of one process.
// args: {bin}/malloc_free
// expect: {"processes": 2, "exit": {"kind": "execed"}, "totals": {"allocations": 3, "frees": 0}, "sum": {"allocations": 13, "frees": 6}}
#include <unistd.h>

#include <stdlib.h>

#include "keep.h"

int main(int argc, char** argv) {
  for (int i = 0; i < 3; ++i) {
    keep(malloc(10));
  }
  if (argc == 2) {
    execv(argv[1], argv + 1);
  }
  return 2;
}
