// Measurements in a deque, eight to a block, nothing of their own. Clean: the last 500.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <deque>

#include "pace.h"

struct Measurement {
  long at;
  double values[7];
};
static std::deque<Measurement> g_history;
static long g_inserted;

static void measure(long at) {
  Measurement made = {};
  made.at = at;
  made.values[at % 7] = static_cast<double>(at);
  g_history.push_back(made);
  ++g_inserted;
#ifdef CLEAN
  if (g_history.size() > 500) {
    g_history.pop_front();
  }
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 16; ++i) {
      measure(step * 16 + i);
    }
  });
  truth("g_history", "std::deque", g_history.size(), g_inserted);
  return 0;
}
