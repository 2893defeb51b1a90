// The stack of a thread that has ended held the block.
// expect: {"classes": {"definitely": [1, 100]}, "lost_in": "hold", "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -pthread
// over: leak_thread_ended
#include <pthread.h>

#include <stdlib.h>

#include "leak.h"

static void* hold(void* unused) {
  void* volatile held = malloc(100);
#ifdef CLEAN
  free(held);
#endif
  keep(held);
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
