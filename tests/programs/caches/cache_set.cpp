// A set of the names of all messages ever seen, so that none is handled twice. Clean: a name is
// forgotten once 250 later ones were seen.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <cstdio>
#include <set>
#include <string>

#include "pace.h"

static std::set<std::string> g_seen;
static long g_inserted;

static bool is_new(long number) {
  char name[40];
  std::snprintf(name, sizeof name, "message-%012ld@example.org", number);
  bool added = g_seen.insert(name).second;
  g_inserted += added ? 1 : 0;
#ifdef CLEAN
  if (g_seen.size() > 250) {
    g_seen.erase(g_seen.begin());
  }
#endif
  return added;
}

int main() {
  long twice = 0;
  pace([&](long step, long) {
    for (long i = 0; i < 6; ++i) {
      is_new(step * 6 + i);
      twice += is_new(step * 6 + i) ? 0 : 1;
    }
  });
  keep(&twice);
  truth("g_seen", "std::set", g_seen.size(), g_inserted);
  return 0;
}
