// Ended by SIGKILL: no code of anybody runs afterwards.
// expect: {"status": -9, "exit": {"kind": "signaled", "signal": 9}, "states": ["incomplete"], "totals": {"allocations": 3, "live_blocks": 3, "live_bytes": 300}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
#include <signal.h>

#include "held.h"

int main(void) {
  hold();
  raise(SIGKILL);
  return 0;
}
