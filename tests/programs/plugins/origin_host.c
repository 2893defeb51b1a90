// A plug-in found by $ORIGIN of the library that asks for it: the recorder must not be the asker.
// args: {bin}/origin_outer.plugin.so
// expect: {"status": 0, "survivors": [{"function": "inner_answer", "blocks": 1, "bytes": 55}]}
// builds: origin_outer.plugin origin_inner.plugin
#include <dlfcn.h>

int main(int argc, char** argv) {
  void* outer = dlopen(argc == 2 ? argv[1] : "", RTLD_NOW);
  return outer != 0 && ((int (*)(void))dlsym(outer, "outer_load"))() == 42 ? 0 : 1;
}
