// malloc, given back by delete[].
// expect: {"mismatches": [{"title": "malloc.*operator delete\\[\\]"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>
#include <new>

#include "keep.h"

int main() {
  void* block = keep(std::malloc(40));
#ifdef CLEAN
  std::free(block);
#else
  operator delete[](block);
#endif
  return 0;
}
