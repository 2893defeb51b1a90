// A destructor of a static object frees what main made: nothing survives but the runtime's own.
// over: nothing_cpp
// expect: {"status": 0, "totals": {"allocations": 3, "frees": 3, "live_blocks": 0}}
#include "held.h"

namespace {
struct holder {
  ~holder() {
    for (void* block : held) {
      free(block);
    }
  }
} at_exit;
}  // namespace

int main() {
  hold();
  return 0;
}
