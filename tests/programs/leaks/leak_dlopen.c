// The base of those below: a library is loaded and one of its functions called.
// expect: {"classes": {"reachable": [null, null], "possibly": [null, null]}, "status": 0}
// clean: {"classes": {"reachable": [null, null], "possibly": [null, null]}, "status": 0}
// args: {bin}/leak_holder.plugin.so
// over: nothing_c
#include <dlfcn.h>

#include "leak.h"

static APART void load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  ((void (*)(void))dlsym(library, "tls_touch"))();
}

int main(int count, char** arguments) {
  load(arguments[count - 1]);
  forget();
  return 0;
}
