// Released without its destructor: the block goes, what the object owned stays.
// expect: {"classes": {"definitely": [1, 200]}, "lost_in": "derived", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <cstdlib>

#include "leak.h"

struct base {
  virtual ~base() = default;
  long number = 0;
};
struct derived : base {
  APART derived() : bytes(static_cast<char*>(std::malloc(200))) {}
  ~derived() { std::free(bytes); }
  char* bytes;
};

static APART void build() {
  base* made = new derived;
  keep(made);
#ifdef CLEAN
  delete made;
#else
  ::operator delete(static_cast<void*>(made));
#endif
}

int main() {
  build();
  forget();
  return 0;
}
