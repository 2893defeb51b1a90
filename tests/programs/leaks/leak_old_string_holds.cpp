// memcheck's heuristic stdstring: a string of the old ABI points behind its counts.
// expect: {"classes": {"reachable": [1, null]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -D_GLIBCXX_USE_CXX11_ABI=0
// variants: libstdc++
// over: nothing_cpp
#include <new>
#include <string>

#include "leak.h"

static char held[sizeof(std::string)] __attribute__((aligned(8)));

static APART void build() {
  new (held) std::string(100, 'x');
  keep(held);
}

int main() {
  build();
  forget();
#ifdef CLEAN
  reinterpret_cast<std::string*>(held)->~basic_string();
#endif
  return 0;
}
