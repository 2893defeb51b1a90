// exit is called by a signal handler on an alternative stack from the heap: its frame and the
// interrupted one hold a block each.
// expect: {"classes": {"reachable": [3, 65736]}, "status": 0}
// clean: {"classes": {"reachable": [1, 65536]}, "status": 0}
// over: nothing_c
#include <signal.h>

#include <stdlib.h>

#include "leak.h"

static void* volatile stack;

static void handle(int unused) {
  void* volatile held = malloc(100);
  (void)unused;
  forget();
#ifdef CLEAN
  free(held);
  held = 0;
#endif
  exit(0);
  keep(held);
}

static APART void start(void) {
  stack_t alternative = {0};
  struct sigaction action = {0};
  stack = malloc(65536);
  alternative.ss_sp = stack;
  alternative.ss_size = 65536;
  sigaltstack(&alternative, 0);
  action.sa_handler = handle;
  action.sa_flags = SA_ONSTACK;
  sigaction(SIGUSR1, &action, 0);
}

int main(void) {
  void* volatile held = malloc(100);
  start();
  forget();
#ifdef CLEAN
  free(held);
  held = 0;
#endif
  raise(SIGUSR1);
  return held != 0;
}
