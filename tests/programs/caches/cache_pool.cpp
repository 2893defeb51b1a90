// A pool of buffers that are never handed out again, since giving one back forgets to say that it
// is idle. Clean: it says so.
// expect: {"flagged": true}
// clean: {"flagged": false}
#include <memory>
#include <string>
#include <vector>

#include "pace.h"

struct Buffer {
  std::string text;
};
struct Pool {
  std::vector<std::unique_ptr<Buffer>> buffers;
  std::vector<Buffer*> idle;

  Buffer* take(long turn) {
    if (!idle.empty()) {
      Buffer* taken = idle.back();
      idle.pop_back();
      return taken;
    }
    buffers.push_back(std::make_unique<Buffer>());
    buffers.back()->text = payload(turn);
    return buffers.back().get();
  }
  void give_back([[maybe_unused]] Buffer* buffer) {
#ifdef CLEAN
    idle.push_back(buffer);
#endif
  }
};
static Pool g_pool;

int main() {
  pace([](long step, long) {
    Buffer* taken[5];
    for (long i = 0; i < 5; ++i) {
      taken[i] = g_pool.take(step * 5 + i);
    }
    for (Buffer* each : taken) {
      g_pool.give_back(each);
    }
  });
  size_t made = g_pool.buffers.size();
  truth("g_pool.buffers", "std::vector", made, static_cast<long>(made));
  return 0;
}
