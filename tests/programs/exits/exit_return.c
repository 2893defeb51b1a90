// Returns 3 from main.
// expect: {"status": 3, "exit": {"kind": "exited", "code": 3}, "states": ["complete"], "totals": {"allocations": 3, "live_blocks": 3, "live_bytes": 300}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
#include "held.h"

int main(void) {
  hold();
  return 3;
}
