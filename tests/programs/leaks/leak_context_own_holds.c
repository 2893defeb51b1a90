// exit is called on a stack from the heap, which holds a block itself.
// expect: {"classes": {"reachable": [2, 65636]}, "status": 0}
// clean: {"classes": {"reachable": [1, 65536]}, "status": 0}
// over: nothing_c
#include <ucontext.h>

#include <stdlib.h>

#include "leak.h"

static ucontext_t before;
static ucontext_t other;
static void* volatile stack;

static void leave(void) {
  void* volatile held = malloc(100);
  forget();
#ifdef CLEAN
  free(held);
  held = 0;
#endif
  exit(0);
  keep(held);
}

int main(void) {
  stack = malloc(65536);
  getcontext(&other);
  other.uc_stack.ss_size = 65536;
  other.uc_stack.ss_sp = stack;
  other.uc_link = &before;
  makecontext(&other, leave, 0);
  swapcontext(&before, &other);
  return 1;
}
