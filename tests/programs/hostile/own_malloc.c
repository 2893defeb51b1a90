// An executable with a malloc of its own (as with jemalloc linked in): the recorder cannot see its
// blocks and must say so, not "nothing leaked".
// expect: {"status": 0, "states": ["incomplete"]}
// flags: -fno-builtin
#include <stddef.h>
#include <stdlib.h>

#include "keep.h"

static char arena[1 << 20];
static size_t used;

void* malloc(size_t size) {
  void* block = arena + used;
  used += (size + 15) & ~(size_t)15;
  return block;
}

void free(void* block) {
  (void)block;
}

int main(void) {
  keep(malloc(100));
  return 0;
}
