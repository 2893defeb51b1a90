// Loads a plug-in that leaks, and unloads it: the stack still has its names.
// args: {bin}/forgetful.plugin.so
// expect: {"status": 0, "survivors": [{"function": "plugin_leak", "blocks": 1, "bytes": 77}]}
// builds: forgetful.plugin
#include <dlfcn.h>

int main(int argc, char** argv) {
  void* plugin = dlopen(argc == 2 ? argv[1] : "", RTLD_NOW | RTLD_LOCAL);
  if (plugin == 0) {
    return 2;
  }
  ((void (*)(void))dlsym(plugin, "plugin_leak"))();
  return dlclose(plugin);
}
