// Threads with the smallest stack there is, 16 KiB, allocate and free near its end.
// expect: {"status": 0, "survivors": [{"function": "work", "blocks": 50, "bytes": 1600}]}
// flags: -pthread -D_GNU_SOURCE
#include <pthread.h>

#include <stdlib.h>

#include "keep.h"

static void* work(void* unused) {
  // Leaves about what glibc's own malloc and a signal frame of an old CPU want.
  char used[4096];
  keep(used);
  free(keep(malloc(64)));
  keep(malloc(32));
  return unused;
}

int main(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, 16384) != 0) {
    return 2;
  }
  for (int i = 0; i < 50; ++i) {
    pthread_t thread;
    if (pthread_create(&thread, &attributes, work, NULL) != 0) {
      return 3;
    }
    pthread_join(thread, NULL);
  }
  return 0;
}
