// free twice; glibc ends the program.
// expect: {"mismatches": [{"title": "twice|double"}], "status": -6}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>

#include "keep.h"

int main() {
  void* block = keep(std::malloc(40));
  std::free(block);
#ifdef CLEAN
  block = nullptr;
#else
  std::free(keep(block));
#endif
  return 0;
}
