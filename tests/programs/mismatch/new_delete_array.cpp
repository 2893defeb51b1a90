// new, given back by delete[].
// expect: {"mismatches": [{"title": "operator new.*operator delete\\[\\]"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <new>

#include "keep.h"

int main() {
  void* block = keep(operator new(40));
#ifdef CLEAN
  operator delete(block);
#else
  operator delete[](block);
#endif
  return 0;
}
