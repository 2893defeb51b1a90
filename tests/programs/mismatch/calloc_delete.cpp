// calloc, given back by a sized delete.
// expect: {"mismatches": [{"title": "calloc.*operator delete"}]}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <cstdlib>
#include <new>

#include "keep.h"

int main() {
  void* block = keep(std::calloc(1, 40));
#ifdef CLEAN
  std::free(block);
#else
  operator delete (block, std::size_t{40});
#endif
  return 0;
}
