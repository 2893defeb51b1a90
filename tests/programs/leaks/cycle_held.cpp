// The same cycle, but a shared_ptr on the stack of main holds it: no garbage.
// expect: {"classes": {"reachable": [2, null]}, "cycles": [], "status": 0}
// clean: {"classes": {"reachable": [2, null]}, "cycles": [], "status": 0}
// over: nothing_cpp
#include <cstdlib>
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

static APART std::shared_ptr<Session> build() {
  auto session = std::make_shared<Session>();
  session->peer = std::make_shared<Peer>();
  session->peer->session = session;
  return session;
}

int main() {
  auto held = build();
  keep(&held);
  forget();
  std::exit(held == nullptr ? 1 : 0);
}
