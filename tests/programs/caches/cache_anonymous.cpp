// A hash map in an anonymous namespace, of tickets that nobody hands in. Clean: each is,
// ten steps later.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <unordered_map>

#include "pace.h"

namespace {

std::unordered_map<long, std::string> g_tickets;
long g_inserted;

void issue(long number) {
  g_tickets.emplace(number, payload(number));
  ++g_inserted;
}

[[maybe_unused]] void hand_in(long number) {
  g_tickets.erase(number);
}

}  // namespace

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 9; ++i) {
      issue(step * 9 + i);
#ifdef CLEAN
      hand_in((step - 10) * 9 + i);
#endif
    }
  });
  truth("(anonymous namespace)::g_tickets", "std::unordered_map", g_tickets.size(), g_inserted);
  return 0;
}
