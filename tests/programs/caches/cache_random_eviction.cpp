// A cache of 250 that evicts at random, by a number that is hardly ever a key's. Clean: the key at
// or after the number goes.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <random>
#include <string>

#include "pace.h"

static std::map<long, std::string> g_blocks;
static std::minstd_rand g_random(3);
static long g_inserted;

static long any_number() {
  return static_cast<long>(g_random()) << 20 | static_cast<long>(g_random() % (1 << 20));
}

static void evict() {
#ifdef CLEAN
  auto victim = g_blocks.lower_bound(any_number());
  g_blocks.erase(victim != g_blocks.end() ? victim : g_blocks.begin());
#else
  g_blocks.erase(any_number());
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 5; ++i) {
      g_inserted += g_blocks.emplace(any_number(), payload(step + i)).second ? 1 : 0;
      if (g_blocks.size() > 250) {
        evict();
      }
    }
  });
  truth("g_blocks", "std::map", g_blocks.size(), g_inserted);
  return 0;
}
