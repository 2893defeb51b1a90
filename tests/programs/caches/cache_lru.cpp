// An LRU cache, list and index, whose bound nobody applies. Clean: it is applied.
// expect: {"flagged": true, "also": ["g_lru.index"]}
// clean: {"flagged": false}
#include <list>
#include <string>
#include <unordered_map>
#include <utility>

#include "pace.h"

using Entry = std::pair<long, std::string>;
struct Lru {
  size_t bound = 128;
  std::list<Entry> order;
  std::unordered_map<long, std::list<Entry>::iterator> index;
  long inserted = 0;

  void touch(long key) {
    auto found = index.find(key);
    if (found != index.end()) {
      order.splice(order.begin(), order, found->second);
      return;
    }
    order.emplace_front(key, payload(key));
    index.emplace(key, order.begin());
    ++inserted;
#ifdef CLEAN
    if (order.size() > bound) {
      index.erase(order.back().first);
      order.pop_back();
    }
#endif
  }
};
static Lru g_lru;

int main() {
  pace([](long step, long) {
    for (long key = step * 4; key < step * 4 + 4; ++key) {
      g_lru.touch(key);
      g_lru.touch(key - key % 32);
    }
  });
  truth("g_lru.order", "std::list", g_lru.order.size(), g_lru.inserted);
  return 0;
}
