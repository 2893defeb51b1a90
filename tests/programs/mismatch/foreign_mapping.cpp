// free of memory that came from mmap.
// expect: {"mismatches": [{"title": "never|foreign|not allocated"}], "status": -6}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <sys/mman.h>

#include <cstdlib>

#include "keep.h"

int main() {
  void* mapping = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
#ifdef CLEAN
  munmap(mapping, 4096);
#else
  std::free(keep(static_cast<char*>(mapping) + 16));
#endif
  return 0;
}
