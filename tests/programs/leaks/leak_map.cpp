// A lost map: all of its nodes are lost through it.
// expect: {"classes": {"definitely": [1, null], "indirectly": [10, null]}, "lost_in": "build", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <map>

#include "leak.h"

static APART void build() {
  auto* squares = new std::map<int, int>;
  for (int i = 0; i < 10; ++i) {
    (*squares)[i] = i * i;
  }
#ifdef CLEAN
  delete squares;
#endif
  keep(squares);
}

int main() {
  build();
  forget();
  return 0;
}
