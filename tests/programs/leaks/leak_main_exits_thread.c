// main ends by pthread_exit, another thread ends the process.
// expect: {"classes": {"definitely": [1, 50], "reachable": [null, null], "possibly": [null, null]}, "lost_in": "take", "status": 0}
// clean: {"classes": {"reachable": [null, null], "possibly": [null, null]}, "status": 0}
// flags: -pthread
// over: nothing_c
// lsan: {}
// note: LeakSanitizer finds nothing once main has ended by pthread_exit
#include <pthread.h>

#include <stdlib.h>

#include "leak.h"

static pthread_t main_thread;

static APART void take(void) {
  void* volatile block = malloc(50);
#ifdef CLEAN
  free(block);
#endif
  keep(block);
}

static void* last(void* unused) {
  pthread_join(main_thread, 0);
  return unused;
}

static APART void start(void) {
  pthread_t thread;
  pthread_create(&thread, 0, last, 0);
  pthread_detach(thread);
}

int main(void) {
  main_thread = pthread_self();
  take();
  start();
  forget();
  pthread_exit(0);
}
