// Writes to address 8.
// expect: {"status": -11, "exit": {"kind": "signaled", "signal": 11}, "states": ["incomplete"], "totals": {"allocations": 3, "live_blocks": 3, "live_bytes": 300}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
#include "held.h"

int main(void) {
  hold();
  *(volatile int*)keep((void*)8) = 1;
  return 0;
}
