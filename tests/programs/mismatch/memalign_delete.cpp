// posix_memalign, given back by delete.
// expect: {"mismatches": [{"title": "posix_memalign.*operator delete"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>
#include <new>

#include "keep.h"

int main() {
  void* block = nullptr;
  if (posix_memalign(&block, 64, 40) != 0) {
    return 1;
  }
  keep(block);
#ifdef CLEAN
  std::free(block);
#else
  operator delete(block);
#endif
  return 0;
}
