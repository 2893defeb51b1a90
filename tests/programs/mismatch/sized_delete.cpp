// Sized delete with another size than was asked for.
// expect: {"mismatches": [{"title": "size"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <new>

#include "keep.h"

int main() {
  void* block = keep(operator new(40));
#ifdef CLEAN
  operator delete (block, std::size_t{40});
#else
  operator delete (block, std::size_t{48});
#endif
  return 0;
}
