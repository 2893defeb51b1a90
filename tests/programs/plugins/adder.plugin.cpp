// A C++ plug-in that keeps a list by new.
// flags: -shared -fPIC
#include <list>

extern "C" int plugin_remember(int value);

namespace {
std::list<int>* values = nullptr;
}

extern "C" int plugin_remember(int value) {
  if (values == nullptr) {
    values = new std::list<int>;
  }
  values->push_back(value);
  return static_cast<int>(values->size());
}

extern "C" void plugin_forget();

extern "C" void plugin_forget() {
  delete values;
  values = nullptr;
}
