// Calls _exit(5).
// expect: {"status": 5, "exit": {"kind": "exited", "code": 5}, "totals": {"allocations": 3, "live_blocks": 3, "live_bytes": 300}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
#include <unistd.h>

#include "held.h"

int main(void) {
  hold();
  _exit(5);
}
