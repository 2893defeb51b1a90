// new, enlarged by realloc.
// expect: {"mismatches": [{"title": "operator new.*realloc"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>
#include <new>

#include "keep.h"

int main() {
  void* block = keep(operator new(40));
#ifdef CLEAN
  operator delete(block);
#else
  std::free(keep(std::realloc(block, 80)));
#endif
  return 0;
}
