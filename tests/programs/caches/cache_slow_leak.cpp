// Eight entries a second into a map, among 100,000 allocations a second that come and go. Clean:
// the map holds the last six.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

static std::map<long, std::string> g_users;
static long g_inserted;

static void meet(long user) {
  g_users.emplace(user, payload(user));
  ++g_inserted;
#ifdef CLEAN
  if (g_users.size() > 6) {
    g_users.erase(g_users.begin());
  }
#endif
}

int main() {
  pace([](long step, long) {
    pace_noise(452);
    if (step % 25 == 0) {
      meet(step / 25);
    }
  });
  truth("g_users", "std::map", g_users.size(), g_inserted);
  return 0;
}
