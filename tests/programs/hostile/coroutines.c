// Stacks switched by hand (makecontext) with allocation on each.
// expect: {"status": 0, "survivors": [{"function": "work", "blocks": 40, "bytes": 1280}], "totals": {"allocations": 44, "frees": 4}}
#include <ucontext.h>

#include <stdlib.h>

#include "keep.h"

static ucontext_t home;
static ucontext_t others[4];

static void work(int own) {
  for (int i = 0; i < 10; ++i) {
    keep(malloc(32));
    swapcontext(&others[own], &home);
  }
}

int main(void) {
  char* stacks[4];
  for (int i = 0; i < 4; ++i) {
    stacks[i] = keep(malloc(32768));
    getcontext(&others[i]);
    others[i].uc_stack.ss_sp = stacks[i];
    others[i].uc_stack.ss_size = 32768;
    others[i].uc_link = &home;
    makecontext(&others[i], (void (*)(void))work, 1, i);
  }
  for (int step = 0; step < 44; ++step) {
    swapcontext(&home, &others[step % 4]);
  }
  for (int i = 0; i < 4; ++i) {
    free(stacks[i]);
  }
  return 0;
}
