// The same with a thread that never calls the allocator itself.
// expect: {"classes": {"definitely": [1, 100]}, "lost_in": "take", "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -pthread
// over: leak_thread_ended
#include <pthread.h>

#include <stdint.h>
#include <stdlib.h>

#include "leak.h"

static volatile uintptr_t hidden;  // the complement: no pointer for anybody

static APART void take(void) {
  hidden = ~(uintptr_t)malloc(100);
}

static void* hold(void* unused) {
  void* volatile held = (void*)~hidden;
  keep(held);
  return unused;
}

static APART void start(void) {
  pthread_t thread;
  pthread_create(&thread, 0, hold, 0);
  pthread_join(thread, 0);
}

int main(void) {
  take();
  start();
#ifdef CLEAN
  free((void*)~hidden);
#endif
  forget();
  return 0;
}
