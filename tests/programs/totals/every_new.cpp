// One object from each form of operator new, all returned by the matching delete.
// over: nothing_cpp
// expect: {"totals": {"allocations": 10, "frees": 10, "bytes_allocated": 1000, "live_blocks": 0}, "mismatches": [], "survivors": []}
// flags: -fsized-deallocation
#include <new>

#include "keep.h"

int main() {
  constexpr std::size_t size = 100;
  constexpr std::align_val_t alignment{64};
  operator delete(keep(operator new(size)));
  operator delete(keep(operator new(size)), size);
  operator delete[](keep(operator new[](size)));
  operator delete[](keep(operator new[](size)), size);
  operator delete(keep(operator new(size, std::nothrow)), std::nothrow);
  operator delete[](keep(operator new[](size, std::nothrow)), std::nothrow);
  operator delete(keep(operator new(size, alignment)), alignment);
  operator delete(keep(operator new(size, alignment)), size, alignment);
  operator delete[](keep(operator new[](size, alignment)), alignment);
  operator delete[](keep(operator new[](size, alignment, std::nothrow)), alignment, std::nothrow);
  return 0;
}
