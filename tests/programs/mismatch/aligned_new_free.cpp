// Aligned new[], given back by free.
// expect: {"mismatches": [{"title": "aligned.*free"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>
#include <new>

#include "keep.h"

int main() {
  void* block = keep(operator new[](40, std::align_val_t{64}));
#ifdef CLEAN
  operator delete[](block, std::align_val_t{64});
#else
  std::free(block);
#endif
  return 0;
}
