// A value of pthread_setspecific of the main thread holds the block.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// flags: -pthread
// over: nothing_c
#include <pthread.h>

#include <stdlib.h>

#include "leak.h"

static pthread_key_t key;

static APART void take(void) {
  pthread_key_create(&key, 0);
  pthread_setspecific(key, malloc(100));
}

int main(void) {
  take();
  forget();
#ifdef CLEAN
  free(pthread_getspecific(key));
#endif
  return 0;
}
