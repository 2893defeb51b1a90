// Calls exit(4).
// expect: {"status": 4, "exit": {"kind": "exited", "code": 4}, "states": ["complete"], "totals": {"allocations": 3, "live_blocks": 3, "live_bytes": 300}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
#include "held.h"

int main(void) {
  hold();
  exit(4);
}
