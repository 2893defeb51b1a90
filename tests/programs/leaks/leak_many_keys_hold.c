// A value of pthread_setspecific beyond the first level of keys holds the block; glibc takes the
// second level (512 bytes) from the heap and holds it from the thread's own block.
// expect: {"classes": {"reachable": [2, 612]}, "status": 0}
// clean: {"classes": {"reachable": [1, 512]}, "status": 0}
// flags: -pthread
// over: nothing_c
#include <pthread.h>

#include <stdlib.h>

#include "leak.h"

static pthread_key_t keys[40];

static APART void take(void) {
  for (int i = 0; i < 40; ++i) {
    pthread_key_create(&keys[i], 0);
  }
  pthread_setspecific(keys[39], malloc(100));
}

int main(void) {
  take();
  forget();
#ifdef CLEAN
  free(pthread_getspecific(keys[39]));
  pthread_setspecific(keys[39], 0);
#endif
  return 0;
}
