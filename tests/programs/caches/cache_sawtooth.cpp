// A map that should fall back to 200 entries whenever it has grown to 260, and goes on instead.
// Clean: the saw's teeth, up to the last.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

static std::map<long, std::string> g_routes;
static long g_inserted;

static void learn(long number) {
  g_routes.emplace(number, payload(number));
  ++g_inserted;
}

#ifdef CLEAN
static void prune() {
  while (g_routes.size() > 200) {
    g_routes.erase(g_routes.begin());
  }
}
#endif

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 6; ++i) {
      learn(step * 6 + i);
    }
#ifdef CLEAN
    if (g_routes.size() >= 260) {
      prune();
    }
#endif
  });
  truth("g_routes", "std::map", g_routes.size(), g_inserted);
  return 0;
}
