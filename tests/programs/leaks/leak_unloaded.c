// A library whose global held the block is unloaded: lost, and its stack still has names.
// expect: {"classes": {"definitely": [1, 100], "reachable": [null, null], "possibly": [null, null]}, "lost_in": "global_hold", "status": 0}
// clean: {"classes": {"reachable": [null, null], "possibly": [null, null]}, "status": 0}
// args: {bin}/leak_holder.plugin.so
// over: nothing_c
#include <dlfcn.h>

#include <stdlib.h>

#include "leak.h"

static APART void load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  ((void (*)(void))dlsym(library, "global_hold"))();
#ifdef CLEAN
  ((void (*)(void))dlsym(library, "global_release"))();
#endif
  dlclose(library);
}

int main(int count, char** arguments) {
  load(arguments[count - 1]);
  forget();
  return 0;
}
