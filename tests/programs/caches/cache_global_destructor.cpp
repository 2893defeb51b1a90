// A registry whose destructor deletes everything at exit: no leak for memcheck, and yet it only
// grows. Clean: items are withdrawn after 50 steps.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

struct Item {
  explicit Item(long number) : text(payload(number)) {}
  std::string text;
};
struct Registry {
  ~Registry() {
    for (auto& [number, item] : items) {
      delete item;
    }
  }
  std::map<long, Item*> items;
  long inserted = 0;
};
static Registry g_registry;

int main() {
  pace([](long step, long) {
    for (long number = step * 4; number < step * 4 + 4; ++number) {
      g_registry.items[number] = new Item(number);
      ++g_registry.inserted;
#ifdef CLEAN
      auto old = g_registry.items.find(number - 200);
      if (old != g_registry.items.end()) {
        delete old->second;
        g_registry.items.erase(old);
      }
#endif
    }
  });
  truth("g_registry.items", "std::map", g_registry.items.size(), g_registry.inserted);
  return 0;
}
