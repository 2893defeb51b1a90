// A program that wraps malloc by dlsym(RTLD_NEXT) itself, as profilers do.
// expect: {"status": 0, "totals": {"allocations": 10, "frees": 10}}
// flags: -D_GNU_SOURCE -fno-builtin
#include <dlfcn.h>

#include <stdlib.h>

#include "keep.h"

int main(void) {
  void* (*next)(size_t) = (void* (*)(size_t))dlsym(RTLD_DEFAULT, "malloc");
  if (next == NULL) {
    return 2;
  }
  for (int i = 0; i < 10; ++i) {
    free(keep(next(100)));
  }
  return 0;
}
