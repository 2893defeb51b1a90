// delete twice; glibc ends the program.
// expect: {"mismatches": [{"title": "twice|double"}], "status": -6}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <new>

#include "keep.h"

int main() {
  void* block = keep(operator new(40));
  operator delete(block);
#ifdef CLEAN
  block = nullptr;
#else
  operator delete(keep(block));
#endif
  return 0;
}
