// Plain new, given back by aligned delete.
// expect: {"mismatches": [{"title": "operator new.*aligned"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <new>

#include "keep.h"

int main() {
  void* block = keep(operator new(40));
#ifdef CLEAN
  operator delete(block);
#else
  operator delete (block, std::align_val_t{64});
#endif
  return 0;
}
