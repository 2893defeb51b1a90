// A thread-local variable of a thread that has ended held the block.
// expect: {"classes": {"definitely": [1, 100], "reachable": [0, null]}, "lost_in": "hold", "status": 0}
// clean: {"classes": {"reachable": [0, null]}, "status": 0}
// flags: -pthread
// over: leak_thread_ended
// note: memcheck scans the thread-local storage of ended threads, which glibc keeps for the next
// one
// memcheck: {"reachable": [1, 100], "possibly": [0, null]}
#include <pthread.h>

#include <stdlib.h>

#include "leak.h"

static __thread void* volatile held;

static void* hold(void* unused) {
  held = malloc(100);
#ifdef CLEAN
  free(held);
#endif
  return unused;
}

static APART void start(void) {
  pthread_t thread;
  pthread_create(&thread, 0, hold, 0);
  pthread_join(thread, 0);
}

int main(void) {
  start();
  forget();
  return 0;
}
