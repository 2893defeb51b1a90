// A failed assertion; glibc allocates for its message.
// expect: {"status": -6, "exit": {"kind": "signaled", "signal": 6}, "states": ["incomplete"], "totals": {"allocations": [3, 12]}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
// flags: -UNDEBUG
#include <assert.h>

#include "held.h"

int main(void) {
  hold();
  assert(held[0] == NULL);
  return 0;
}
