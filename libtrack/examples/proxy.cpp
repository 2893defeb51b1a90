// A proxy is used like the object itself, keeps it only for the expression, and throws when the
// object is dead.
//
// Prints:
//   balance 70
//   same balance as an account of 70: true
//   the account died: libtrack: the bank::account behind this proxy is dead
#include <compare>
#include <iostream>
#include <memory>

#include <track/make_shared.hpp>
#include <track/weak_proxy.hpp>

namespace bank {

struct account {
  int balance = 0;
  void pay(int amount) { balance -= amount; }
  bool operator==(const account&) const = default;
};

}  // namespace bank

int main() {
  using bank::account;
  auto savings = track::make_shared<account>(account{100});
  const track::weak_proxy view(savings);
  view->pay(20);                                   // kept to the end of the expression
  view.with([](account& each) { each.pay(10); });  // kept for the call, for more than one step
  std::cout << "balance " << view->balance << '\n';
  std::cout << "same balance as an account of 70: " << std::boolalpha << (view == account{70})
            << '\n';

  savings.reset();
  try {
    view->pay(70);
  } catch (const track::reference_error& error) {
    std::cout << "the account died: " << error.what() << '\n';
  }
}
