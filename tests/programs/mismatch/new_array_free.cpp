// new[], given back by free.
// expect: {"mismatches": [{"title": "operator new\\[\\].*free"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>
#include <new>

#include "keep.h"

int main() {
  void* block = keep(operator new[](40));
#ifdef CLEAN
  operator delete[](block);
#else
  std::free(block);
#endif
  return 0;
}
