// Aligned new, given back by plain delete.
// expect: {"mismatches": [{"title": "aligned.*operator delete"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <new>

#include "keep.h"

int main() {
  void* block = keep(operator new (40, std::align_val_t{64}));
#ifdef CLEAN
  operator delete (block, std::align_val_t{64});
#else
  operator delete(block);
#endif
  return 0;
}
