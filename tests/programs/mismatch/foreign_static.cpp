// free of the address of a static variable.
// expect: {"mismatches": [{"title": "never|foreign|not allocated"}], "status": -6}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>

#include "keep.h"

int main() {
  alignas(16) static char variable[64];
  void* block = keep(std::malloc(40));
#ifdef CLEAN
  keep(variable);
  std::free(block);
#else
  std::free(keep(variable + 16));
#endif
  return 0;
}
