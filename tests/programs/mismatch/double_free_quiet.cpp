// free twice where glibc does not notice (another block lies on top of its list), three times over
// from one place: one finding, counted.
// expect: {"mismatches": [{"title": "twice|double", "count": 3}], "status": 0}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <unistd.h>

#include <cstdlib>

#include "keep.h"

int main() {
  // Seven blocks of a size fill the thread's cache of it; later ones go to a list that only looks
  // at its first element.
  for (std::size_t size = 24; size <= 72; size += 24) {
    void* cached[7];
    void* first = keep(std::malloc(size));
    void* second = keep(std::malloc(size));
    for (void*& block : cached) {
      block = keep(std::malloc(size));
    }
    for (void* block : cached) {
      std::free(block);
    }
    std::free(first);
    std::free(second);
#ifndef CLEAN
    std::free(keep(first));
#endif
  }
  _exit(0);
}
