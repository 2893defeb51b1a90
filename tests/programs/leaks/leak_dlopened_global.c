// A global of a dlopened library holds the block.
// expect: {"classes": {"reachable": [1, 100]}, "status": 0}
// clean: {"classes": {}, "status": 0}
// args: {bin}/leak_holder.plugin.so
// over: leak_dlopen
#include <dlfcn.h>

#include <stdlib.h>

#include "leak.h"

static APART void load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  ((void (*)(void))dlsym(library, "global_hold"))();
#ifdef CLEAN
  ((void (*)(void))dlsym(library, "global_release"))();
#endif
}

int main(int count, char** arguments) {
  load(arguments[count - 1]);
  forget();
  return 0;
}
