// A thread-local vector of scratch buffers, in the main thread, that is never trimmed. Clean: it
// is, to 64.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <vector>

#include "pace.h"

static thread_local std::vector<std::string> t_scratch;
static long g_inserted;

static void borrow(long turn) {
  t_scratch.push_back(payload(turn));
  ++g_inserted;
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 4; ++i) {
      borrow(step * 4 + i);
    }
#ifdef CLEAN
    if (t_scratch.size() > 64) {
      t_scratch.resize(64);
    }
#endif
  });
  truth("t_scratch", "std::vector", t_scratch.size(), g_inserted);
  return 0;
}
