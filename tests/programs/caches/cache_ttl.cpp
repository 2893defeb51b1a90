// A cache whose entries have a time to live, but the sweep is never due: its time is put off
// whenever something comes in. Clean: it runs every eighth step.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <unordered_map>

#include "pace.h"

struct Answer {
  std::string text;
  long dies_at;
};
static std::unordered_map<long, Answer> g_answers;
static long g_next_sweep = 8;
static long g_inserted;

static void sweep(long now) {
  if (now < g_next_sweep) {
    return;
  }
  g_next_sweep = now + 8;
  for (auto each = g_answers.begin(); each != g_answers.end();) {
    each = each->second.dies_at <= now ? g_answers.erase(each) : ++each;
  }
}

static void put(long key, long now) {
  g_answers[key] = {payload(key), now + 20};
  ++g_inserted;
#ifndef CLEAN
  g_next_sweep = now + 8;
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 7; ++i) {
      put(step * 7 + i, step);
    }
    sweep(step);
  });
  truth("g_answers", "std::unordered_map", g_answers.size(), g_inserted);
  return 0;
}
