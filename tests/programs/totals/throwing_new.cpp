// new of too much: bad_alloc through our frame, null from nothrow, and the program's new_handler is
// called. Only what succeeded is counted: two exceptions, of which libstdc++'s nothrow form
// throws and catches one itself (a block each, freed), and two blocks of 100 bytes, one kept.
// over: nothing_cpp
// expect: {"status": 0, "totals": {"allocations": 4, "frees": 3, "live_blocks": 1, "live_bytes": 100}, "mismatches": []}
#include <cstdint>
#include <cstdlib>
#include <new>

#include "keep.h"

namespace {
int handler_calls = 0;

void handler() {
  ++handler_calls;
  std::set_new_handler(nullptr);
}
}  // namespace

int main() {
  volatile std::size_t too_much = PTRDIFF_MAX;
  bool caught = false;
  std::set_new_handler(handler);
  try {
    keep(operator new(too_much));
  } catch (const std::bad_alloc&) {
    caught = true;
  }
  const bool null = keep(operator new(too_much, std::nothrow)) == nullptr;
  keep(operator new(100));
  operator delete(keep(operator new(100)));
  return caught && null && handler_calls == 1 ? 0 : 1;
}
