// A wheel of 32 slots, each a vector of what came in its turn; when the wheel comes round, the slot
// should be emptied and is not. Clean: it is. The entries of all slots count.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <array>
#include <string>
#include <vector>

#include "pace.h"

static std::array<std::vector<std::string>, 32> g_wheel;
static long g_inserted;

static std::vector<std::string>& slot_of(long turn) {
  return g_wheel[static_cast<size_t>(turn) % g_wheel.size()];
}

int main() {
  pace([](long step, long) {
    auto& slot = slot_of(step);
#ifdef CLEAN
    slot.clear();
#endif
    for (long i = 0; i < 6; ++i) {
      slot.push_back(payload(step + i));
      ++g_inserted;
    }
  });
  size_t entries = 0;
  for (const auto& slot : g_wheel) {
    entries += slot.size();
  }
  truth("g_wheel", "std::vector", entries, g_inserted);
  return 0;
}
