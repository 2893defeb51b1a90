// A thread-local variable of another running thread holds the block.
// expect: {"classes": {"reachable": [1, null]}, "status": 0}
// clean: {"classes": {"reachable": [0, null]}, "status": 0}
// flags: -pthread
// over: leak_thread_runs
// memcheck: {"reachable": [1, null], "possibly": [0, null]}
#include <pthread.h>

#include <stdlib.h>

#include "leak.h"

static __thread void* volatile held;
static volatile int ready;

static void* hold(void* unused) {
  (void)unused;
  held = malloc(100);
#ifdef CLEAN
  free(held);
  held = 0;
#endif
  forget();
  ready = 1;
  for (;;) {
    __asm__ volatile("pause");
  }
  return 0;
}

static APART void start(void) {
  pthread_t thread;
  pthread_create(&thread, 0, hold, 0);
  while (!ready) {
  }
}

int main(void) {
  start();
  forget();
  return 0;
}
