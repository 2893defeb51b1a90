// Interned strings that have a number of the request in them, so that there is no end of them.
// Clean: 300 words, in an order as good as random, most of them at the start.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <random>
#include <string>
#include <unordered_set>

#include "pace.h"

static std::unordered_set<std::string> g_names;
static std::minstd_rand g_random(7);
static long g_inserted;

static const std::string& intern(const std::string& name) {
  auto [place, added] = g_names.insert(name);
  g_inserted += added ? 1 : 0;
  return *place;
}

int main() {
  pace([]([[maybe_unused]] long step, long) {
    for (long i = 0; i < 15; ++i) {
      std::string name = "a-name-that-is-long-enough/" + std::to_string(g_random() % 300);
#ifndef CLEAN
      name += i % 5 == 0 ? "/request-" + std::to_string(step) : "";
#endif
      look_at(intern(name));
    }
  });
  truth("g_names", "std::unordered_set", g_names.size(), g_inserted);
  return 0;
}
