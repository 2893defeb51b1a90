// "This should be dead by now": said where an object is given up, and judged later, when somebody
// asks, at stills of `track`, and at the end of the program; never by a thread of the library.
//
// Prints:
//   closed: 1 overdue
//   overdue: server::session, label "session"
//   forgotten by the index too: 0 overdue
#include <chrono>
#include <iostream>
#include <map>
#include <memory>

#include <track/make_shared.hpp>
#include <track/registry.hpp>

using namespace std::chrono_literals;

namespace server {

struct session {
  int user = 0;
};

// The second owner that everybody forgets.
static std::map<int, std::shared_ptr<session>> by_user;

static std::shared_ptr<session> open(int user) {
  auto made = track::make_shared<session>(session{user});
  track::watch(made, "session");
  by_user.emplace(user, made);
  return made;
}

static void close(const std::shared_ptr<session>& ended) {
  track::expect_gone(ended, 0ms);  // now, when the caller lets go
}

}  // namespace server

int main() {
  server::close(server::open(7));
  auto late = track::survivors({.only_overdue = true});
  std::cout << "closed: " << late.size() << " overdue\n";
  for (const auto& each : late) {
    std::cout << "overdue: " << each.type << ", label \"" << each.label << "\"\n";
  }
  server::by_user.erase(7);
  late = track::survivors({.only_overdue = true});
  std::cout << "forgotten by the index too: " << late.size() << " overdue\n";
}
