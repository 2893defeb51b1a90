// strdup (malloc inside libc), given back by delete[].
// expect: {"mismatches": [{"title": "operator delete\\[\\]"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>
#include <cstring>
#include <new>

#include "keep.h"

int main() {
  void* block = keep(strdup("a text of some length"));
#ifdef CLEAN
  std::free(block);
#else
  operator delete[](block);
#endif
  return 0;
}
