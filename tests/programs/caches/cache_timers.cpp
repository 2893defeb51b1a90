// Timers of eight minutes that are all cancelled at once, which only marks them: they stay in the
// queue until they are due. Clean: the queue is made anew when half of it is cancelled.
// expect: {"flagged": true, "also": ["g_timers.c"]}
// clean: {"flagged": false}
#include <memory>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "pace.h"

struct Timer {
  long due;
  bool cancelled;
  std::string what;
};
using Pointer = std::shared_ptr<Timer>;
struct Later {
  bool operator()(const Pointer& a, const Pointer& b) const { return a->due > b->due; }
};
using Queue = std::priority_queue<Pointer, std::vector<Pointer>, Later>;
static Queue g_timers;
static size_t g_cancelled;
static long g_inserted;

static void cancel(Timer& timer) {
  timer.cancelled = true;
  ++g_cancelled;
#ifdef CLEAN
  if (g_cancelled > 40 && g_cancelled > g_timers.size() / 2) {
    Queue kept;
    for (; !g_timers.empty(); g_timers.pop()) {
      if (!g_timers.top()->cancelled) {
        kept.push(g_timers.top());
      }
    }
    g_timers = std::move(kept);
    g_cancelled = 0;
  }
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 4; ++i) {
      auto timer = std::make_shared<Timer>(Timer{step + 100000 - i, false, payload(step + i)});
      g_timers.push(timer);
      ++g_inserted;
      cancel(*timer);
    }
    while (!g_timers.empty() && g_timers.top()->due <= step) {
      g_timers.pop();
    }
  });
  truth("g_timers", "std::priority_queue", g_timers.size(), g_inserted);
  return 0;
}
