// A thread that sleeps in the kernel holds what it was started with, on its stack and in glibc's
// own block for it; it never calls the allocator.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -pthread
// over: leak_thread_runs
#include <pthread.h>
#include <unistd.h>

#include <stdlib.h>

#include "leak.h"

static int report[2];

static void* hold(void* argument) {
  void* volatile held = argument;
  if (write(report[1], "x", 1) == 1) {
    for (;;) {
      pause();
    }
  }
  return held;
}

static APART void start(void) {
  pthread_t thread;
  char byte;
  void* block = malloc(100);
#ifdef CLEAN
  free(block);
  block = 0;
#endif
  if (pipe(report) != 0 || pthread_create(&thread, 0, hold, block) != 0 ||
      read(report[0], &byte, 1) != 1) {
    _exit(1);
  }
}

int main(void) {
  start();
  forget();
  return 0;
}
