// system(): the shell is a process of the capture.
// args: {bin}/malloc_free
// expect: {"processes": [2, 4], "status": 0, "sum": {"allocations": [10, null]}}
#include <stdlib.h>

int main(int argc, char** argv) {
  return argc == 2 && system(argv[1]) == 0 ? 0 : 1;
}
