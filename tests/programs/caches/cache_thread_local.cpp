// Two threads, each with a hash map of its own that only grows; both still live when main returns.
// Clean: each drops all at 200. The entries of both count.
// expect: {"flagged": true}
// clean: {"flagged": false}
// flags: -pthread
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "pace.h"

static thread_local std::unordered_map<long, std::string> t_memo;
static std::atomic<size_t> g_entries;
static std::atomic<long> g_inserted;
static std::mutex g_lock;
static std::condition_variable g_changed;
static int g_done;

static void work() {
  pace([](long step, long) {
#ifdef CLEAN
    if (t_memo.size() >= 200) {
      t_memo.clear();
    }
#endif
    for (long key = step * 5; key < step * 5 + 5; ++key) {
      t_memo.emplace(key, payload(key));
      ++g_inserted;
    }
  });
  g_entries += t_memo.size();
  {
    std::lock_guard<std::mutex> hold(g_lock);
    ++g_done;
  }
  g_changed.notify_one();
  for (;;) {
    pause();
  }
}

int main() {
  std::thread(work).detach();
  std::thread(work).detach();
  std::unique_lock<std::mutex> hold(g_lock);
  g_changed.wait(hold, [] { return g_done == 2; });
  truth("t_memo", "std::unordered_map", g_entries, g_inserted);
  return 0;
}
