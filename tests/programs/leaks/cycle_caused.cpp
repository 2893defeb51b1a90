// A lost object holds a cycle of raw pointers: the lost object is the cause.
// expect: {"classes": {"definitely": [1, 8], "indirectly": [2, 32]}, "lost_in": "build", "cycles": [], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include "leak.h"

struct Link {
  Link* other = nullptr;
  long id = 0;
};
struct Holder {
  Link* first = nullptr;
};

static APART void build() {
  auto* holder = new Holder;
  holder->first = new Link;
  holder->first->other = new Link;
  holder->first->other->other = holder->first;
#ifdef CLEAN
  delete holder->first->other;
  delete holder->first;
  delete holder;
#endif
  keep(holder);
}

int main() {
  build();
  forget();
  return 0;
}
