// The base of those below: a thread that has ended. ld.so keeps its vector for the next one.
// expect: {"classes": {"reachable": [1, null]}, "status": 0}
// clean: {"classes": {"reachable": [1, null]}, "status": 0}
// flags: -pthread
// over: nothing_c
// memcheck: {"possibly": [1, null]}
// note: memcheck finds the ended thread's vector by an interior pointer only
#include <pthread.h>

#include "leak.h"

static void* run(void* unused) {
  return unused;
}

static APART void start(void) {
  pthread_t thread;
  pthread_create(&thread, 0, run, 0);
  pthread_join(thread, 0);
}

int main(void) {
  start();
  forget();
  return 0;
}
