// A ring of raw pointers whose last outer pointer is gone.
// expect: {"classes": {"definitely": [1, 24], "indirectly": [2, 48]}, "cycles": [{"members": [["Link", 3]], "edges": ["Link.next"], "weaken": [], "proven": false, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include "leak.h"

struct Link {
  Link* next = nullptr;
  virtual ~Link() = default;
  long id = 0;
};

static APART void build() {
  Link* links[3] = {new Link, new Link, new Link};
  for (int i = 0; i < 3; ++i) {
    links[i]->next = links[(i + 1) % 3];
  }
#ifdef CLEAN
  for (Link* each : links) {
    delete each;
  }
#endif
  keep(links);
}

int main() {
  build();
  forget();
  return 0;
}
