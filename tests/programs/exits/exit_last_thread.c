// main leaves by pthread_exit; the process ends with its last thread, status 0.
// expect: {"status": 0, "exit": {"kind": "exited", "code": 0}, "survivors": [{"function": "hold", "blocks": 3, "bytes": 300}]}
// flags: -pthread
#include <pthread.h>

#include "held.h"

static pthread_t first;

static void* last(void* unused) {
  pthread_join(first, NULL);
  hold();
  return unused;
}

int main(void) {
  pthread_t thread;
  first = pthread_self();
  pthread_create(&thread, NULL, last, NULL);
  pthread_exit(NULL);
}
