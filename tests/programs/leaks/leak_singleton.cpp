// A function-local static pointer holds an object for ever: still reachable.
// expect: {"classes": {"reachable": [2, null]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct settings {
  std::unique_ptr<int> value = std::make_unique<int>(7);
};

static settings& shared() {
#ifdef CLEAN
  static settings one;
  return one;
#else
  static settings* one = new settings;
  return *one;
#endif
}

int main() {
  keep(shared().value.get());
  forget();
  return 0;
}
