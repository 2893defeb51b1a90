// A vector of numbers, one block that moves when it is full. Clean: the last 600 stay.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <vector>

#include "pace.h"

struct Sample {
  long at;
  double value;
};
static std::vector<Sample> g_samples;

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 20; ++i) {
      g_samples.push_back({step, static_cast<double>(i)});
    }
#ifdef CLEAN
    if (g_samples.size() > 600) {
      g_samples.erase(g_samples.begin(), g_samples.end() - 600);
    }
#endif
  });
  truth("g_samples", "std::vector", g_samples.size(), -1);
  return 0;
}
