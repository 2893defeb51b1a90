// A batch of orders in a vector that is sent again and again, and longer each time. Clean: it is
// cleared when it was sent, every 29 steps, and keeps its capacity.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <string>
#include <vector>

#include "pace.h"

struct Order {
  long id;
  std::string text;
};
static std::vector<Order> g_batch;
static long g_inserted;

static void send() {
  for (const Order& order : g_batch) {
    look_at(order.text);
  }
#ifdef CLEAN
  g_batch.clear();
#endif
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 6; ++i) {
      g_batch.push_back({step * 6 + i, payload(step + i)});
      ++g_inserted;
    }
    if (step % 29 == 28) {
      send();
    }
  });
  truth("g_batch", "std::vector", g_batch.size(), g_inserted);
  return 0;
}
