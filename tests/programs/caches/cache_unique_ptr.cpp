// A server on the heap, owned by a unique_ptr on the stack of main, that keeps all sessions. It is
// gone when main has returned. Clean: it closes the oldest.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <memory>
#include <string>

#include "pace.h"

struct Server {
  std::string name = "the only server that there is";
  std::map<long, std::string> sessions;
  long inserted = 0;

  void open(long id) {
    sessions.emplace(id, payload(id));
    ++inserted;
#ifdef CLEAN
    if (sessions.size() > 150) {
      sessions.erase(sessions.begin());
    }
#endif
  }
};

int main() {
  auto server = std::make_unique<Server>();
  pace([&](long step, long) {
    for (long i = 0; i < 5; ++i) {
      server->open(step * 5 + i);
    }
  });
  truth("Server::sessions", "std::map", server->sessions.size(), server->inserted);
  return 0;
}
