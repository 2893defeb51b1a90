// The base of those below: a thread still runs at the end. Its own block (the thread vector of
// ld.so) is reachable.
// expect: {"classes": {"reachable": [1, null]}, "status": 0}
// clean: {"classes": {"reachable": [1, null]}, "status": 0}
// flags: -pthread
// over: nothing_c
// memcheck: {"possibly": [1, null]}
// note: memcheck knows the thread's vector by an interior pointer only
#include <pthread.h>

#include "leak.h"

static volatile int ready;

static void* run(void* unused) {
  (void)unused;
  ready = 1;
  for (;;) {
    __asm__ volatile("pause");
  }
  return 0;
}

static APART void start(void) {
  pthread_t thread;
  pthread_create(&thread, 0, run, 0);
  while (!ready) {
  }
}

int main(void) {
  start();
  forget();
  return 0;
}
