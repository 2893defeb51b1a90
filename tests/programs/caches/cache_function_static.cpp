// A function remembers what it computed in a map of its own, for ever. Clean: up to 256.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>

#include "pace.h"

static size_t g_entries;
static long g_inserted;

static const std::string& lookup(long key) {
  static std::map<long, std::string> memo;
  auto found = memo.find(key);
  if (found == memo.end()) {
#ifdef CLEAN
    if (memo.size() >= 256) {
      memo.erase(memo.begin());
    }
#endif
    found = memo.emplace(key, payload(key)).first;
    ++g_inserted;
    g_entries = memo.size();
  }
  return found->second;
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 6; ++i) {
      look_at(lookup(step * 6 + i));
    }
  });
  truth("lookup(long)::memo", "std::map", g_entries, g_inserted);
  return 0;
}
