// The program replaces operator new by one that calls malloc: each object is one block, of the
// family `new`, and delete (also replaced, calling free) is no mismatch.
// over: nothing_cpp
// expect: {"status": 0, "totals": {"allocations": 5, "frees": 3, "bytes_allocated": 500, "live_blocks": 2, "live_bytes": 200}, "mismatches": []}
#include <cstdlib>
#include <new>

#include "keep.h"

namespace {
int made = 0;
}

void* operator new(std::size_t size) {
  ++made;
  return std::malloc(size);
}
void operator delete(void* block) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t) noexcept {
  std::free(block);
}

int main() {
  for (int i = 0; i < 5; ++i) {
    void* block = keep(operator new(100));
    if (i < 3) {
      operator delete(block);
    }
  }
  return made == 5 ? 0 : 1;
}
