// churn THREADS PAIRS: pairs of malloc and free at depth 25 from 5,202 sites, 10,000 blocks alive
// throughout, in THREADS threads that share the pairs. Ends with the count of the pairs done.
// args: 8 400000
// over: nothing_cpp
// expect: {"status": 0, "totals": {"allocations": [410000, 410100], "live_blocks": [0, 20], "live_bytes": [0, null]}, "mismatches": []}
// flags: -O2 -pthread
#include <array>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <utility>
#include <vector>

#include "keep.h"

namespace {

// How many different functions stand at each of the three places of the stack that vary.
constexpr int outer_kinds = 18;
constexpr int middle_kinds = 17;
constexpr int inner_kinds = 17;
constexpr int straight_frames = 7;

struct worker {
  std::vector<void*> live;
  unsigned long random;
  int outer = 0;
  int middle = 0;
  int inner = 0;

  unsigned next() {
    random = random * 6364136223846793005UL + 1442695040888963407UL;
    return static_cast<unsigned>(random >> 33);
  }
};

using step = void (*)(worker&);

template <int Kind>
__attribute__((noinline)) void inner(worker& self) {
  void*& slot = self.live[self.next() % self.live.size()];
  std::free(slot);
  slot = keep(std::malloc(16 + 8 * Kind));
}

template <int... Kinds>
constexpr std::array<step, sizeof...(Kinds)> inners(std::integer_sequence<int, Kinds...>) {
  return {inner<Kinds>...};
}

template <int Left, int Place, int Kind>
__attribute__((noinline)) void straight(worker& self);

template <int Kind>
__attribute__((noinline)) void middle(worker& self) {
  straight<straight_frames, 2, 0>(self);
  keep(&self);
}

template <int... Kinds>
constexpr std::array<step, sizeof...(Kinds)> middles(std::integer_sequence<int, Kinds...>) {
  return {middle<Kinds>...};
}

// Frames that do nothing but make the stack deep.
template <int Left, int Place, int Kind>
void straight(worker& self) {
  static constexpr auto middle_table = middles(std::make_integer_sequence<int, middle_kinds>());
  static constexpr auto inner_table = inners(std::make_integer_sequence<int, inner_kinds>());
  if constexpr (Left > 0) {
    straight<Left - 1, Place, Kind>(self);
  } else if constexpr (Place == 1) {
    middle_table[static_cast<std::size_t>(self.middle)](self);
  } else {
    inner_table[static_cast<std::size_t>(self.inner)](self);
  }
  keep(&self);
}

template <int Kind>
__attribute__((noinline)) void outer(worker& self) {
  straight<straight_frames, 1, 0>(self);
  keep(&self);
}

template <int... Kinds>
constexpr std::array<step, sizeof...(Kinds)> outers(std::integer_sequence<int, Kinds...>) {
  return {outer<Kinds>...};
}

// Like a program's phases: the outer part changes seldom, the inner part with every pair.
void churn(worker& self, long pairs) {
  static constexpr auto outer_table = outers(std::make_integer_sequence<int, outer_kinds>());
  for (long pair = 0; pair < pairs; ++pair) {
    self.inner = static_cast<int>(self.next() % inner_kinds);
    if (pair % 8 == 0) {
      self.middle = static_cast<int>(self.next() % middle_kinds);
    }
    if (pair % 64 == 0) {
      self.outer = static_cast<int>(self.next() % outer_kinds);
    }
    outer_table[static_cast<std::size_t>(self.outer)](self);
  }
}

void work(unsigned long seed, std::size_t blocks, long pairs) {
  worker self;
  self.random = seed;
  self.live.resize(blocks);
  for (void*& block : self.live) {
    block = std::malloc(64);
  }
  churn(self, pairs);
  for (void* block : self.live) {
    std::free(block);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  const long pairs = argc > 2 ? std::atol(argv[2]) : 1000000;
  if (threads < 1 || threads > 64) {
    return 2;
  }
  std::vector<std::thread> running;
  for (int i = 1; i < threads; ++i) {
    running.emplace_back(work, static_cast<unsigned long>(i), 10000 / threads, pairs / threads);
  }
  work(99, static_cast<std::size_t>(10000 / threads), pairs / threads);
  for (std::thread& thread : running) {
    thread.join();
  }
  std::printf("%ld pairs\n", pairs / threads * threads);
  return 0;
}
