// Callbacks into objects that may be gone: weak_method binds a member function without owning the
// object, so that a subscription neither dangles nor keeps its subscriber alive.
//
// Prints:
//   thermometer: 21
//   alarm: 21 is fine
//   thermometer: 95
//   alarm: 95 is too hot
//   -- the thermometer is unplugged
//   alarm: 30 is fine
//   subscriptions: 1
#include <functional>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include <track/make_shared.hpp>
#include <track/weak_method.hpp>

namespace {

class event_source {
 public:
  template <class Owner, class Method>
  void subscribe(const Owner& owner, Method method) {
    // The call says whether there was anybody to call.
    subscribers_.emplace_back(
        [bound = track::weak_method(owner, method)](int degrees) { return bound(degrees); });
  }
  void emit(int degrees) {
    std::erase_if(subscribers_, [degrees](const auto& call) { return !call(degrees); });
  }
  std::size_t subscriptions() const { return subscribers_.size(); }

 private:
  std::vector<std::function<bool(int)>> subscribers_;
};

struct thermometer {
  void show(int degrees) { std::cout << "thermometer: " << degrees << '\n'; }
};

struct heat_alarm {
  void check(int degrees) const {
    std::cout << "alarm: " << degrees << (degrees > limit ? " is too hot\n" : " is fine\n");
  }
  int limit = 90;
};

}  // namespace

int main() {
  event_source oven;
  auto display = track::make_shared<thermometer>();
  const auto siren = track::make_shared<heat_alarm>();
  oven.subscribe(display, &thermometer::show);
  oven.subscribe(siren, &heat_alarm::check);
  oven.emit(21);
  oven.emit(95);

  display.reset();
  std::cout << "-- the thermometer is unplugged\n";
  oven.emit(30);
  std::cout << "subscriptions: " << oven.subscriptions() << '\n';
}
