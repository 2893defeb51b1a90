// delete through a base class without a virtual destructor: the size given back is the base's.
// expect: {"mismatches": [{"title": "size"}], "status": 0}
// clean: {"mismatches": [], "status": 0}
// flags: -w
#include <new>

#include "keep.h"

struct base {
#ifdef CLEAN
  virtual ~base() = default;
#endif
  long number = 1;
};

struct derived : base {
  long more[10] = {};
};

int main() {
  base* object = static_cast<base*>(keep(new derived));
  delete object;
  return 0;
}
