// _exit(7) in a thread while the main thread waits for it.
// expect: {"status": 7, "exit": {"kind": "exited", "code": 7}, "totals": {"allocations": [3, 5]}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
// flags: -pthread
#include <pthread.h>
#include <unistd.h>

#include "held.h"

static void* leave(void* unused) {
  hold();
  _exit(7);
  return unused;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, leave, NULL);
  pthread_join(thread, NULL);
  return 0;
}
