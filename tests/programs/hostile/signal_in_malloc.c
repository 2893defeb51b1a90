// A timer's handler mallocs and frees while main does the same, 20,000 signals long, over an
// allocator that allows it. What the program counted is what the recorder must say, but for events
// it reports as lost.
// link: bump.plugin
// expect: {"status": 0, "totals": {"live_blocks": [0, 1000]}, "mismatches": []}
// flags: -D_GNU_SOURCE -fno-builtin
#include <signal.h>
#include <sys/time.h>

#include <stdlib.h>

#include "keep.h"

static volatile sig_atomic_t signals;

static void on_timer(int number) {
  (void)number;
  void* small = keep(malloc(24));
  void* larger = keep(realloc(keep(malloc(8)), 48));
  free(small);
  free(larger);
  ++signals;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
  struct itimerval every = {{0, 50}, {0, 50}};
  struct itimerval never = {{0, 0}, {0, 0}};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &every, NULL);
  for (long i = 0; signals < 20000 && i < 3000000; ++i) {
    void* first = keep(malloc(32));
    void* second = keep(calloc(2, 16));
    free(first);
    free(second);
  }
  setitimer(ITIMER_REAL, &never, NULL);
  return 0;
}
