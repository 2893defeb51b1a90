// The same with objects of new: their control blocks are blocks of their own.
// expect: {"classes": {"definitely": [1, null], "indirectly": [3, null]}, "cycles": [{"members": [["Peer", 1], ["Session", 1]], "edges": ["Session.peer", "Peer.session"], "weaken": ["Peer.session"], "proven": true, "count": 1}], "status": 0}
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
  virtual ~Peer() = default;
};
struct Session {
  std::shared_ptr<Peer> peer;
  virtual ~Session() = default;
};

static APART void build() {
  std::shared_ptr<Session> session(new Session);
  session->peer = std::shared_ptr<Peer>(new Peer);
  session->peer->session = session;
}

int main() {
  build();
  forget();
  return 0;
}
