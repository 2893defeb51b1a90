// Ended by SIGTERM, which it sends itself.
// expect: {"status": -15, "exit": {"kind": "signaled", "signal": 15}, "states": ["incomplete"], "totals": {"allocations": 3, "live_blocks": 3, "live_bytes": 300}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
#include <signal.h>

#include "held.h"

int main(void) {
  hold();
  raise(SIGTERM);
  return 0;
}
