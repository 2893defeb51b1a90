// A hash map of results that are never asked for again. Clean: all are dropped when there are 300.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <unordered_map>

#include "pace.h"

static std::unordered_map<long, std::string> g_results;
static long g_inserted;

static const std::string& result_of(long question) {
#ifdef CLEAN
  if (g_results.size() >= 300) {
    g_results.clear();
  }
#endif
  auto found = g_results.find(question);
  if (found == g_results.end()) {
    found = g_results.emplace(question, payload(question)).first;
    ++g_inserted;
  }
  return found->second;
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 8; ++i) {
      look_at(result_of(step * 8 + i));
    }
  });
  truth("g_results", "std::unordered_map", g_results.size(), g_inserted);
  return 0;
}
