// One owner more than the graph shows, behind a pointer nobody can read: not proven, and the
// count that is unexplained is said.
// expect: {"classes": {"definitely": [1, null], "indirectly": [1, null]}, "cycles": [{"members": [["Peer", 1], ["Session", 1]], "edges": ["Session.peer", "Peer.session"], "weaken": [], "proven": false, "count": 1}], "status": 0}
// clean: {"classes": {"definitely": [1, null], "indirectly": [1, null]}, "lost_in": "build", "cycles": [], "status": 0}
// over: nothing_cpp
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>

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

static std::uintptr_t hidden[2];

static APART void build() {
  auto session = std::make_shared<Session>();
  session->peer = std::make_shared<Peer>();
  session->peer->session = session;
  alignas(std::shared_ptr<Session>) char extra[sizeof session];
  new (extra) std::shared_ptr<Session>(session);
  std::memcpy(hidden, extra, sizeof hidden);
  hidden[0] = ~hidden[0];
  hidden[1] = ~hidden[1];
}

int main() {
  build();
  forget();
  return 0;
}
