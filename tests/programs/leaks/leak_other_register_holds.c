// Nothing but a register of a running thread holds the block.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: leak_thread_runs
// flags: -pthread
#include <pthread.h>

#include <stdlib.h>

#include "leak.h"

static void* volatile hidden;  // the complement: no pointer for anybody
static volatile int ready;

static APART void take(void) {
  hidden = (void*)~(size_t)malloc(100);
}

static void* hold(void* unused) {
  (void)unused;
  forget();
  __asm__ volatile("mov %0, %%r12\n not %%r12\n movl $1, %1\n 1: pause\n jmp 1b\n"
                   :
                   : "r"(hidden), "m"(ready)
                   : "r12", "memory");
  return 0;
}

static APART void start(void) {
  pthread_t thread;
  pthread_create(&thread, 0, hold, 0);
  while (!ready) {
  }
}

int main(void) {
  take();
#ifdef CLEAN
  free((void*)~(size_t)hidden);
  hidden = (void*)~(size_t)0;
#endif
  start();
  forget();
  return 0;
}
