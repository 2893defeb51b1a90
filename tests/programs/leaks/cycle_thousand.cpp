// A thousand cycles of one shape are one finding.
// expect: {"classes": {"definitely": [1000, null], "indirectly": [1000, null]}, "cycles": [{"members": [["Peer", 1], ["Session", 1]], "edges": ["Session.peer", "Peer.session"], "weaken": ["Peer.session"], "proven": true, "count": 1000}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct Session;
struct Peer {
#ifdef CLEAN
  std::weak_ptr<Session> session;
#else
  std::shared_ptr<Session> session;
#endif
};
struct Session {
  std::shared_ptr<Peer> peer;
};

static APART void build() {
  auto session = std::make_shared<Session>();
  session->peer = std::make_shared<Peer>();
  session->peer->session = session;
}

int main() {
  for (int i = 0; i < 1000; ++i) {
    build();
  }
  forget();
  return 0;
}
