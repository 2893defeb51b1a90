// A key without destructor held the block; its thread has ended.
// expect: {"classes": {"definitely": [1, 100]}, "lost_in": "hold", "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -pthread
// over: leak_thread_ended
#include <pthread.h>

#include <stdlib.h>

#include "leak.h"

static pthread_key_t key;

static void* hold(void* unused) {
  pthread_setspecific(key, malloc(100));
  return unused;
}

static APART void start(void) {
  pthread_t thread;
#ifdef CLEAN
  pthread_key_create(&key, free);
#else
  pthread_key_create(&key, 0);
#endif
  pthread_create(&thread, 0, hold, 0);
  pthread_join(thread, 0);
}

int main(void) {
  start();
  forget();
  return 0;
}
