// memcheck's heuristic multipleinheritance: only a pointer to the second base is left.
// expect: {"classes": {"reachable": [1, 32]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// note: with -fno-rtti, too: memcheck and we look for tables of functions
// over: nothing_cpp
#include "leak.h"

struct first {
  virtual ~first() = default;
  long one = 1;
};
struct second {
  virtual ~second() = default;
  long two = 2;
};
struct both : first, second {};

static second* volatile held;

static APART void build() {
  held = new both;
}

int main() {
  build();
  forget();
#ifdef CLEAN
  delete held;
#endif
  return 0;
}
