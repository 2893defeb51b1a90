// Two plug-ins in turn, 200 times, often at the same address: each survivor's name is right.
// args: {bin}/forgetful.plugin.so {bin}/forgetful_too.plugin.so
// expect: {"status": 0, "survivors": [{"function": "plugin_leak", "blocks": 200, "bytes": 15400}, {"function": "plugin_leak_too", "blocks": 200, "bytes": 6600}]}
// builds: forgetful.plugin forgetful_too.plugin
#include <dlfcn.h>

int main(int argc, char** argv) {
  const char* names[] = {"plugin_leak", "plugin_leak_too"};
  for (int i = 0; argc == 3 && i < 400; ++i) {
    void* plugin = dlopen(argv[1 + i % 2], RTLD_NOW | RTLD_LOCAL);
    if (plugin == 0) {
      return 2;
    }
    ((void (*)(void))dlsym(plugin, names[i % 2]))();
    dlclose(plugin);
  }
  return argc == 3 ? 0 : 2;
}
