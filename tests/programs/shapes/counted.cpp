// counted THREADS ROUNDS: uses every function of malloc's family and operator new at random in some
// threads, counts what it does, keeps one block in seven, and prints the counts.
// args: 4 0
// over: nothing_cpp
// expect: {"status": 0, "mismatches": []}
// flags: -pthread -w
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>

#include <malloc.h>

#include "keep.h"

namespace {

std::atomic<long> allocations, frees, bytes_allocated, reallocations;

void count(std::size_t size) {
  ++allocations;
  bytes_allocated += static_cast<long>(size);
}

void* from_c(unsigned kind, std::size_t size) {
  void* block = nullptr;
  switch (kind) {
    case 0:
      return std::malloc(size);
    case 1:
      return std::calloc(1, size);
    case 2:
      return std::realloc(nullptr, size);
    case 3:
      return posix_memalign(&block, 128, size) == 0 ? block : nullptr;
    case 4:
      return std::aligned_alloc(64, size);
    default:
      return memalign(32, size);
  }
}

void c_block(unsigned random) {
  std::size_t size = 64 * (1 + random % 40);
  void* block = keep(from_c(random % 6, size));
  count(size);
  if (random % 5 == 0) {
    size += 1000;
    block = keep(std::realloc(block, size));
    count(size);
    ++frees;
    ++reallocations;
  }
  if (random % 7 != 0) {
    std::free(block);
    ++frees;
  }
}

void cpp_block(unsigned random) {
  const std::size_t size = 1 + random % 3000;
  const std::align_val_t alignment{64};
  const bool aligned = random % 2 == 0;
  void* block = keep(aligned ? operator new(size, alignment) : operator new(size));
  count(size);
  if (random % 7 != 0) {
    aligned ? operator delete(block, size, alignment) : operator delete(block, size);
    ++frees;
  }
}

void work(unsigned long seed, long rounds) {
  unsigned long state = seed;
  for (long i = 0; i < rounds; ++i) {
    state = state * 6364136223846793005UL + 1442695040888963407UL;
    const auto random = static_cast<unsigned>(state >> 33);
    random % 3 == 0 ? cpp_block(random / 3) : c_block(random / 3);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int threads = argc > 1 ? std::atoi(argv[1]) : 1;
  const long rounds = argc > 2 ? std::atol(argv[2]) : 0;
  for (int i = 0; i < threads; i += 2) {
    std::thread first(work, static_cast<unsigned long>(i), rounds);
    work(static_cast<unsigned long>(i) + 1, rounds);
    first.join();
  }
  std::printf("allocations=%ld frees=%ld bytes_allocated=%ld reallocations=%ld live_blocks=%ld\n",
              allocations.load(), frees.load(), bytes_allocated.load(), reallocations.load(),
              allocations - frees);
  return 0;
}
