// A configuration of 30 values that is read again every tenth step; every version is kept, for
// those who may still look at it. Clean: the last three.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pace.h"

struct Configuration {
  long version = 0;
  std::map<std::string, std::string> values;
};
static std::vector<std::unique_ptr<Configuration>> g_versions;
static long g_inserted;

static void reload() {
  auto made = std::make_unique<Configuration>();
  made->version = ++g_inserted;
  for (long i = 0; i < 30; ++i) {
    made->values["some.setting.number." + std::to_string(i)] = payload(made->version + i);
  }
  g_versions.push_back(std::move(made));
#ifdef CLEAN
  if (g_versions.size() > 3) {
    g_versions.erase(g_versions.begin());
  }
#endif
}

int main() {
  pace([](long step, long) {
    if (step % 10 == 0) {
      reload();
    }
  });
  truth("g_versions", "std::vector", g_versions.size(), g_inserted);
  return 0;
}
