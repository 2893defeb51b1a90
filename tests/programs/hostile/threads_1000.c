// A thousand short threads, ten at a time, each making ten blocks and freeing nine.
// expect: {"status": 0, "survivors": [{"function": "work", "blocks": 1000, "bytes": 48000}], "mismatches": []}
// flags: -pthread
#include <pthread.h>

#include <stdlib.h>

#include "keep.h"

static void* work(void* unused) {
  keep(malloc(48));
  for (int i = 0; i < 9; ++i) {
    free(keep(malloc(48)));
  }
  return unused;
}

int main(void) {
  for (int round = 0; round < 100; ++round) {
    pthread_t threads[10];
    for (int i = 0; i < 10; ++i) {
      pthread_create(&threads[i], NULL, work, NULL);
    }
    for (int i = 0; i < 10; ++i) {
      pthread_join(threads[i], NULL);
    }
  }
  return 0;
}
