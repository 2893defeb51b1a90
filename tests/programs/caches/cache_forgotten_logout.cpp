// Three of four sessions log out and are removed; the fourth loses its connection and stays. Clean:
// a sweep every tenth step removes what is older than 40 steps.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

struct Session {
  long since;
  std::string user;
};
static std::map<long, Session> g_sessions;
static long g_inserted;

static void log_out(long id) {
  g_sessions.erase(id);
}

#ifdef CLEAN
static void sweep(long now) {
  while (!g_sessions.empty() && g_sessions.begin()->second.since < now - 40) {
    g_sessions.erase(g_sessions.begin());
  }
}
#endif

int main() {
  pace([](long step, long) {
    for (long id = step * 8; id < step * 8 + 8; ++id) {
      g_sessions[id] = {step, payload(id)};
      ++g_inserted;
      if (id % 4 != 0) {
        log_out(id - 80);
      }
    }
#ifdef CLEAN
    if (step % 10 == 9) {
      sweep(step);
    }
#endif
  });
  truth("g_sessions", "std::map", g_sessions.size(), g_inserted);
  return 0;
}
