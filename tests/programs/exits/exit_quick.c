// Calls quick_exit(6), with a handler that frees one block.
// expect: {"status": 6, "exit": {"kind": "exited", "code": 6}, "totals": {"allocations": 3, "frees": 1, "live_blocks": 2, "live_bytes": 200}}
#include "held.h"

static void give_one_back(void) {
  free(held[0]);
}

int main(void) {
  at_quick_exit(give_one_back);
  hold();
  quick_exit(6);
}
