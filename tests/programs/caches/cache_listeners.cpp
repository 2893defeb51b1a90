// Views listen to a bus and are closed without unsubscribing; what their functions captured stays.
// Clean: they unsubscribe.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "pace.h"

struct Listener {
  long view;
  std::function<size_t(long)> call;
};
struct Bus {
  std::vector<Listener> listeners;
};
static Bus g_bus;
static long g_inserted;

static void open_view(long view) {
  std::string title = payload(view);
  g_bus.listeners.push_back({view, [view, title](long event) {
                               return title.size() + static_cast<size_t>(view ^ event);
                             }});
  ++g_inserted;
}

static void close_view([[maybe_unused]] long view) {
#ifdef CLEAN
  auto is_its = [view](const Listener& each) { return each.view == view; };
  g_bus.listeners.erase(std::remove_if(g_bus.listeners.begin(), g_bus.listeners.end(), is_its),
                        g_bus.listeners.end());
#endif
}

int main() {
  size_t sum = 0;
  pace([&](long step, long) {
    for (long view = step * 3; view < step * 3 + 3; ++view) {
      open_view(view);
      close_view(view - 60);
    }
    for (const Listener& each : g_bus.listeners) {
      sum += each.call(step);
    }
  });
  keep(&sum);
  truth("g_bus.listeners", "std::vector", g_bus.listeners.size(), g_inserted);
  return 0;
}
