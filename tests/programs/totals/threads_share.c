// Four threads make 1,000 blocks each; the main thread frees them all but ten.
// expect: {"totals": {"allocations": [4000, 4012], "live_blocks": [10, 14]}, "survivors": [{"function": "produce", "blocks": 10, "bytes": 320}], "mismatches": []}
// flags: -pthread
#include <pthread.h>

#include <stdlib.h>

#include "keep.h"

static void* blocks[4][1000];

static void* produce(void* row) {
  void** out = row;
  for (int i = 0; i < 1000; ++i) {
    out[i] = keep(malloc(32));
  }
  return NULL;
}

int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) {
    pthread_create(&threads[i], NULL, produce, blocks[i]);
  }
  for (int i = 0; i < 4; ++i) {
    pthread_join(threads[i], NULL);
  }
  for (int i = 0; i < 4; ++i) {
    for (int k = i == 0 ? 10 : 0; k < 1000; ++k) {
      free(blocks[i][k]);
    }
  }
  return 0;
}
