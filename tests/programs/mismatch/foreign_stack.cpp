// free of the address of a local variable.
// expect: {"mismatches": [{"title": "never|foreign|not allocated"}], "status": -6}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>

#include "keep.h"

int main() {
  alignas(16) char local[64] = {};
  void* block = keep(std::malloc(40));
#ifdef CLEAN
  keep(local);
  std::free(block);
#else
  std::free(keep(local + 16));
#endif
  return 0;
}
