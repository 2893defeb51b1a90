// A map of sessions that nobody ever leaves. Clean: the oldest session ends when there are 200.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

static std::map<long, std::string> g_sessions;
static long g_inserted;

static void log_in(long id) {
  g_sessions.emplace(id, payload(id));
  ++g_inserted;
#ifdef CLEAN
  if (g_sessions.size() > 200) {
    g_sessions.erase(g_sessions.begin());
  }
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 5; ++i) {
      log_in(step * 5 + i);
    }
  });
  truth("g_sessions", "std::map", g_sessions.size(), g_inserted);
  return 0;
}
