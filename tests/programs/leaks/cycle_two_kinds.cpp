// Two cycles of different shape are two findings.
// expect: {"classes": {"definitely": [2, null], "indirectly": [1, null]}, "cycles": [{"members": [["Peer", 1], ["Session", 1]], "edges": ["Session.peer", "Peer.session"], "weaken": ["Peer.session"], "proven": true, "count": 1}, {"members": [["Node", 1]], "edges": ["Node.self"], "weaken": ["Node.self"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>

#include "leak.h"

struct Node {
#ifdef CLEAN
  std::weak_ptr<Node> self;
#else
  std::shared_ptr<Node> self;
#endif
};
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
  auto node = std::make_shared<Node>();
  node->self = node;
}

int main() {
  build();
  forget();
  return 0;
}
