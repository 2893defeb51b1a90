// A library whose RUNPATH is $ORIGIN/sub and which loads its plug-in by bare name from there.
// flags: -shared -fPIC
#include <dlfcn.h>

int outer_load(void);

int outer_load(void) {
  void* inner = dlopen("libinner.so", RTLD_NOW | RTLD_LOCAL);
  return inner == 0 ? -1 : ((int (*)(void))dlsym(inner, "inner_answer"))();
}
