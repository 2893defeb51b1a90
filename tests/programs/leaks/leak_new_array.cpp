// One lost block of each operator new.
// expect: {"classes": {"definitely": [6, 252]}, "lost_in": "build", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <new>

#include "leak.h"

struct alignas(64) wide {
  char bytes[64];
};

static APART void build() {
  int* one = static_cast<int*>(keep(new int));
  int* many = static_cast<int*>(keep(new int[10]));
  auto* aligned = static_cast<wide*>(keep(new wide));
  auto* aligned_many = static_cast<wide*>(keep(new wide[2]));
  void* raw = keep(::operator new(8));
  char* quiet = static_cast<char*>(keep(new (std::nothrow) char[8]));
#ifdef CLEAN
  delete one;
  delete[] many;
  delete aligned;
  delete[] aligned_many;
  ::operator delete(raw);
  delete[] quiet;
#endif
  keep(one), keep(many), keep(aligned), keep(aligned_many), keep(raw), keep(quiet);
}

int main() {
  build();
  forget();
  return 0;
}
