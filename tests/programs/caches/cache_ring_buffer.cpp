// A ring of the last frames that makes itself larger when it is full. Clean: it overwrites the
// oldest of its 128.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pace.h"

struct Frame {
  long number;
  std::string pixels;
};
static std::vector<std::unique_ptr<Frame>> g_ring(128);
static size_t g_used;
static long g_inserted;

static void show(long number) {
  auto frame = std::make_unique<Frame>();
  frame->number = number;
  frame->pixels = payload(number);
#ifndef CLEAN
  if (g_used == g_ring.size()) {
    g_ring.resize(g_ring.size() * 2);
  }
#endif
  size_t place = static_cast<size_t>(g_inserted) % g_ring.size();
  g_used += g_ring[place] == nullptr ? 1 : 0;
  g_ring[place] = std::move(frame);
  ++g_inserted;
}

int main() {
  pace([](long step, long) {
    for (long i = 0; i < 4; ++i) {
      show(step * 4 + i);
    }
  });
  truth("g_ring", "std::vector", g_used, g_inserted);
  return 0;
}
