// The map is a member of a member of a global object, and sessions are never closed. Clean: they
// are, 30 steps later.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

struct State {
  long connections = 0;
  std::map<long, std::string> sessions;
};
struct Server {
  std::string name = "a server with a name of its own";
  State state;
};
static Server g_server;

int main() {
  pace([](long step, long) {
    for (long id = step * 4; id < step * 4 + 4; ++id) {
      g_server.state.sessions.emplace(id, payload(id));
      ++g_server.state.connections;
#ifdef CLEAN
      g_server.state.sessions.erase(id - 120);
#endif
    }
  });
  truth("g_server.state.sessions", "std::map", g_server.state.sessions.size(),
        g_server.state.connections);
  return 0;
}
