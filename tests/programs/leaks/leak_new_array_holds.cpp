// memcheck's heuristic newarray: what new[] returned lies behind the count of objects to destroy.
// expect: {"classes": {"reachable": [2, 58]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include "leak.h"

struct holder {
  ~holder() { delete[] bytes; }
  char* bytes = nullptr;
};

static holder* volatile held;

static APART void build() {
  holder* many = new holder[3];
  many[1].bytes = new char[26];
  held = many;
}

int main() {
  build();
  forget();
#ifdef CLEAN
  delete[] held;
#endif
  return 0;
}
