// unique_ptr::release, and nobody takes what it gives.
// expect: {"classes": {"definitely": [1, 40], "indirectly": [1, 100]}, "lost_in": "build", "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct owner {
  std::unique_ptr<char[]> bytes = std::make_unique<char[]>(100);
  long numbers[4] = {};
};

static APART void build() {
  auto made = std::make_unique<owner>();
#ifdef CLEAN
  made.reset();
#endif
  keep(made.release());
}

int main() {
  build();
  forget();
  return 0;
}
