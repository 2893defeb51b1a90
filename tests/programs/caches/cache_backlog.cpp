// A queue whose consumer takes three where the producer brings five: what is in it is always young,
// and always more. Clean: the consumer takes up to six.
// expect: {"flagged": true, "also": ["g_backlog.c"]}
// clean: {"flagged": false}
#include <queue>
#include <string>

#include "pace.h"

static std::queue<std::string> g_backlog;
static long g_inserted;

#ifdef CLEAN
static const long at_once = 6;
#else
static const long at_once = 3;
#endif

static void consume() {
  for (long i = 0; i < at_once && !g_backlog.empty(); ++i) {
    look_at(g_backlog.front());
    g_backlog.pop();
  }
}

int main() {
  pace([](long step, long) {
    // In bursts, so that something is in it at most times.
    for (long i = 0; i < 50 && step % 10 == 4; ++i) {
      g_backlog.push(payload(step + i));
      ++g_inserted;
    }
    consume();
  });
  truth("g_backlog", "std::queue", g_backlog.size(), g_inserted);
  return 0;
}
