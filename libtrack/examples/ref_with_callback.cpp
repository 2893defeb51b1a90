// A weak reference with a callback: to be told when an object dies.
//
// Callbacks run once, newest first, on the thread that dropped the last shared_ptr, when every
// reference is expired and before the destructor. They get the address, not the object. Dropping
// the reference takes its callback along.
//
// Prints:
//   lock() gives the session of Ada
//   second: that very session is dead, and out of reach: true
//   first: it is
//   ~session Ada
//   afterwards: a dead ref stays dead: true
#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include <track/make_shared.hpp>
#include <track/weak_ref.hpp>

namespace {

struct session {
  explicit session(std::string u) : user(std::move(u)) {}
  ~session() { std::cout << "~session " << user << '\n'; }
  std::string user;
};

}  // namespace

int main() {
  std::cout << std::boolalpha;
  auto ada = track::make_shared<session>("Ada");
  const auto address = reinterpret_cast<std::uintptr_t>(ada.get());

  const track::weak_ref<session> plain(ada);
  const track::weak_ref first(ada, [](const track::dead_ref&) { std::cout << "first: it is\n"; });
  // A callback that captured `ada` itself would keep the session alive: a leak.
  const track::weak_ref second(ada, [&](const track::dead_ref& dead) {
    std::cout << "second: that very session is dead, and out of reach: "
              << (dead.address == address && plain.lock() == nullptr) << '\n';
  });
  {
    const track::weak_ref short_lived(
        ada, [](const track::dead_ref&) { std::cout << "never printed\n"; });
  }

  if (const auto locked = plain.lock()) {  // the one safe way to use it
    std::cout << "lock() gives the session of " << locked->user << '\n';
  }
  ada.reset();
  std::cout << "afterwards: a dead ref stays dead: " << plain.expired() << '\n';
}
