// Two generations: when the young one is full it becomes the old one. Here it is merged into the
// old one instead. Clean: it replaces it.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>
#include <utility>

#include "pace.h"

struct Cache {
  std::map<long, std::string> young;
  std::map<long, std::string> old;
};
static Cache g_cache;
static long g_promoted;

static void age() {
  g_promoted += static_cast<long>(g_cache.young.size());
#ifdef CLEAN
  g_cache.old = std::move(g_cache.young);
#else
  g_cache.old.merge(g_cache.young);
#endif
  g_cache.young.clear();
}

int main() {
  pace([](long step, long) {
    for (long key = step * 5; key < step * 5 + 5; ++key) {
      g_cache.young.emplace(key, payload(key));
    }
    if (g_cache.young.size() >= 80) {
      age();
    }
  });
  truth("g_cache.old", "std::map", g_cache.old.size(), g_promoted);
  return 0;
}
