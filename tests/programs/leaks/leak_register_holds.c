// Nothing but a register holds the block when exit is called.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_c
#include <stdlib.h>

#include "leak.h"

static void* volatile hidden;  // the complement: no pointer for anybody

static APART void take(void) {
  hidden = (void*)~(size_t)malloc(100);
}

int main(void) {
  take();
  forget();
#ifdef CLEAN
  free((void*)~(size_t)hidden);
  hidden = (void*)~(size_t)0;
#endif
  __asm__ volatile("mov %0, %%rbx\n not %%rbx\n xor %%edi, %%edi\n and $-16, %%rsp\n call *%1\n"
                   :
                   : "r"(hidden), "r"(exit)
                   : "rbx", "rdi", "memory");
  return 1;
}
