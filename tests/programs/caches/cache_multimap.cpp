// Events by urgency in a multimap, none removed once handled. Clean: each urgency is removed when
// it was handled, every sixteenth step.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

static std::multimap<int, std::string> g_events;
static long g_inserted;

static void handle(int urgency) {
  auto [first, last] = g_events.equal_range(urgency);
  for (auto event = first; event != last; ++event) {
    look_at(event->second);
  }
#ifdef CLEAN
  g_events.erase(first, last);
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 4; ++i) {
      g_events.emplace(static_cast<int>((step + i) % 16), payload(step + i));
      ++g_inserted;
    }
    handle(static_cast<int>(step % 16));
  });
  truth("g_events", "std::multimap", g_events.size(), g_inserted);
  return 0;
}
