// exit is called on a stack from the heap; the stack of main, left by swapcontext, holds a block.
// expect: {"classes": {"reachable": [2, 65636]}, "status": 0}
// clean: {"classes": {"reachable": [1, 65536]}, "status": 0}
// over: nothing_c
#include <ucontext.h>

#include <stdlib.h>

#include "leak.h"

static ucontext_t before;
static ucontext_t other;

static void leave(void) {
  exit(0);
}

static APART void start(void) {
  getcontext(&other);
  other.uc_stack.ss_size = 65536;
  other.uc_stack.ss_sp = malloc(other.uc_stack.ss_size);
  other.uc_link = &before;
  makecontext(&other, leave, 0);
}

int main(void) {
  void* volatile held = malloc(100);
  start();
  forget();
#ifdef CLEAN
  free(held);
  held = 0;
#endif
  swapcontext(&before, &other);
  return held != 0;
}
