// A C program that loads a C++ plug-in (RTLD_LOCAL): its new is counted, as the family new. The
// pool of the C++ runtime, which came with the plug-in, is alive at the end in any case.
// args: {bin}/adder.plugin.so
// expect: {"status": 0, "survivors": [{"function": "plugin_remember", "blocks": 6, "bytes": 144}], "mismatches": []}
// clean: {"status": 0, "survivors": [{"function": "plugin_remember", "blocks": 0, "bytes": 0}], "mismatches": []}
// builds: adder.plugin
// flags: -ldl
#include <dlfcn.h>

int main(int argc, char** argv) {
  void* plugin = dlopen(argc == 2 ? argv[1] : "", RTLD_NOW | RTLD_LOCAL);
  if (plugin == 0) {
    return 2;
  }
  int (*remember)(int) = (int (*)(int))dlsym(plugin, "plugin_remember");
  int last = 0;
  for (int i = 1; i <= 5; ++i) {
    last = remember(i);
  }
#ifdef CLEAN
  ((void (*)(void))dlsym(plugin, "plugin_forget"))();
#endif
  return last == 5 ? 0 : 1;
}
