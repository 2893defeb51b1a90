// Leaves by the system call itself: no hook sees it.
// expect: {"status": 8, "exit": {"kind": "exited", "code": 8}, "totals": {"allocations": 3, "live_blocks": 3, "live_bytes": 300}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
#include <sys/syscall.h>
#include <unistd.h>

#include "held.h"

int main(void) {
  hold();
  syscall(SYS_exit_group, 8);
  return 0;
}
