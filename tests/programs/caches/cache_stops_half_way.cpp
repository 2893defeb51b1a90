// A catalogue that is read while the program runs and has no end. Clean: it ends half-way; what
// follows only looks things up.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

static std::map<long, std::string> g_catalogue;
static long g_inserted;

static bool more_to_read([[maybe_unused]] long step, [[maybe_unused]] long steps) {
#ifdef CLEAN
  return step <= steps / 2;
#else
  return true;
#endif
}

int main() {
  pace([](long step, long steps) {
    for (long i = 0; i < 6; ++i) {
      if (more_to_read(step, steps)) {
        g_catalogue.emplace(g_inserted, payload(g_inserted));
        ++g_inserted;
      }
      look_at(g_catalogue[step * i % g_inserted]);
    }
  });
  truth("g_catalogue", "std::map", g_catalogue.size(), g_inserted);
  return 0;
}
