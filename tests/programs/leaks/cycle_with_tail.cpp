// What hangs from a cycle is its consequence, not a finding by itself.
// expect: {"classes": {"definitely": [1, null], "indirectly": [3, null]}, "cycles": [{"members": [["Peer", 1], ["Session", 1]], "edges": ["Session.peer", "Peer.session"], "weaken": ["Peer.session"], "proven": true, "count": 1}], "status": 0}
// clean: {"classes": {}, "status": 0}
// over: nothing_cpp
#include <memory>
#include <vector>

#include "leak.h"

struct Session;
struct Peer {
#ifdef CLEAN
  std::weak_ptr<Session> session;
#else
  std::shared_ptr<Session> session;
#endif
  std::vector<char> buffer = std::vector<char>(4000);
};
struct Session {
  std::shared_ptr<Peer> peer;
  std::unique_ptr<long[]> numbers = std::make_unique<long[]>(50);
};

static APART void build() {
  auto session = std::make_shared<Session>();
  session->peer = std::make_shared<Peer>();
  session->peer->session = session;
}

int main() {
  build();
  forget();
  return 0;
}
