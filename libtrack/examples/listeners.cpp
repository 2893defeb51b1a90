// Listeners that need not unsubscribe: a set that keeps none of them alive.
//
// Whatever owns a listener will do: a shared_ptr of track::make_shared, a class that ends in a
// track::hook (here on the stack), a track::tracked<T> in a unique_ptr.
//
// Prints:
//   log: disk full
//   window: disk full
//   pager: disk full
//   -- the window is closed
//   log: disk empty
//   pager: disk empty
//   -- the pager is gone
//   listeners: 1
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <track/hook.hpp>
#include <track/make_shared.hpp>
#include <track/weak_set.hpp>

namespace {

class listener {
 public:
  explicit listener(std::string name) : name_(std::move(name)) {}
  void notify(const std::string& event) const { std::cout << name_ << ": " << event << '\n'; }

 private:
  std::string name_;
};

// A class of our own: the hook is its last member, and makes it observable wherever it lives.
class window : public listener {
 public:
  using listener::listener;
  track::hook hook_;
};

}  // namespace

int main() {
  track::weak_set<listener> listeners;
  const auto tell = [&](const std::string& event) {
    // Goes over a snapshot: listeners may come, go and die meanwhile. Each is kept for its call.
    listeners.for_each([&](listener& each) { each.notify(event); });
  };

  const auto log = track::make_shared<listener>("log");
  listeners.insert(log);
  std::optional<window> main_window(std::in_place, "window");
  listeners.insert(*main_window);
  auto pager = std::make_unique<track::tracked<listener>>(std::in_place, "pager");
  listeners.insert(*pager);
  tell("disk full");

  main_window.reset();
  std::cout << "-- the window is closed\n";
  tell("disk empty");

  pager.reset();
  std::cout << "-- the pager is gone\nlisteners: " << listeners.size() << '\n';
}
