// A thread that sleeps in the kernel holds the block on its stack.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -pthread
// over: leak_thread_runs
#include <pthread.h>
#include <unistd.h>

#include <stdlib.h>

#include "leak.h"

static int report[2];

static void* hold(void* unused) {
  void* volatile held = malloc(100);
  forget();
#ifdef CLEAN
  free(held);
  held = 0;
#endif
  if (write(report[1], "x", 1) == 1) {
    for (;;) {
      pause();
    }
  }
  keep(held);
  return unused;
}

static APART void start(void) {
  pthread_t thread;
  char byte;
  if (pipe(report) != 0 || pthread_create(&thread, 0, hold, 0) != 0 ||
      read(report[0], &byte, 1) != 1) {
    _exit(1);
  }
}

int main(void) {
  start();
  forget();
  return 0;
}
