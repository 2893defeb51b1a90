// A still before a library is unloaded shows what only its data held: lost with it. What was lost
// before, and what the program let go itself, is not.
// expect: {"classes": {"definitely": [3, 160], "reachable": [null, null], "possibly": [null, null]}, "at_leak_check": {"definitely": [1, 20], "reachable": [null, null], "possibly": [null, null]}, "lost_in": ["global_hold", "let_go", "take"], "unloaded": {"global_hold": "leak_holder.plugin.so"}, "status": 0}
// clean: {"classes": {"reachable": [null, null], "possibly": [null, null]}, "at_leak_check": {"reachable": [null, null], "possibly": [null, null]}, "status": 0}
// args: {bin}/leak_holder.plugin.so
// over: nothing_c
// lsan: {"definitely": [4, 180]}
// note: LeakSanitizer tells again what it told at the check
#include <dlfcn.h>

#include <stdlib.h>

#include "leak.h"

int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static void* volatile held;

static APART void take(void) {
  void* block = keep(malloc(20));
#ifdef CLEAN
  free(block);
#endif
  keep(block);
}

static APART void let_go(void) {
  held = malloc(40);
}

static APART void* load(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  ((void (*)(void))dlsym(library, "global_hold"))();
  return library;
}

static APART void unload(void* library) {
#ifdef CLEAN
  ((void (*)(void))dlsym(library, "global_release"))();
  free(held);
#endif
  held = 0;
  dlclose(library);
}

int main(int count, char** arguments) {
  take();
  let_go();
  void* library = load(arguments[count - 1]);
  forget();
  if (__lsan_do_recoverable_leak_check != 0) {
    __lsan_do_recoverable_leak_check();
  }
  unload(library);
  library = 0;
  forget();
  return 0;
}
