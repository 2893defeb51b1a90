// A list of all jobs that were done. Clean: the history is the last 150.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <list>
#include <string>

#include "pace.h"

struct Job {
  long id;
  std::string result;
};
static std::list<Job> g_done;
static long g_inserted;

static void finish(long id) {
  g_done.push_back({id, payload(id)});
  ++g_inserted;
#ifdef CLEAN
  while (g_done.size() > 150) {
    g_done.pop_front();
  }
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 3; ++i) {
      finish(step * 3 + i);
    }
  });
  truth("g_done", "std::list", g_done.size(), g_inserted);
  return 0;
}
