// free of a pointer into a block.
// expect: {"mismatches": [{"title": "never|foreign|not allocated"}], "status": -6}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>

#include "keep.h"

int main() {
  char* block = static_cast<char*>(keep(std::malloc(400)));
#ifdef CLEAN
  std::free(block);
#else
  std::free(keep(block + 16));
#endif
  return 0;
}
