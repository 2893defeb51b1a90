// Calls abort().
// expect: {"status": -6, "exit": {"kind": "signaled", "signal": 6}, "states": ["incomplete"], "totals": {"allocations": 3, "live_blocks": 3, "live_bytes": 300}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
#include "held.h"

int main(void) {
  hold();
  abort();
}
