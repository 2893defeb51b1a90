// Eight tenants in a map, each with a hash map of its own that only grows. Clean: each drops its
// entries at 60. The entries of all tenants count.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <string>
#include <unordered_map>

#include "pace.h"

using Values = std::unordered_map<long, std::string>;
static std::map<long, Values> g_tenants;
static long g_inserted;

static void put(Values& values, long key) {
#ifdef CLEAN
  if (values.size() >= 60) {
    values.clear();
  }
#endif
  values.emplace(key, payload(key));
  ++g_inserted;
}

int main() {
  pace([](long step, long) {
    for (long tenant = 0; tenant < 8; ++tenant) {
      put(g_tenants[tenant], step * 8 + tenant);
    }
  });
  size_t entries = 0;
  for (const auto& [tenant, values] : g_tenants) {
    entries += values.size();
  }
  truth("g_tenants", "std::unordered_map", entries, g_inserted);
  return 0;
}
