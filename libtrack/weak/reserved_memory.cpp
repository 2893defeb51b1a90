#include "libtrack/weak/reserved_memory.hpp"

#include <pthread.h>
#include <sys/mman.h>

#include <atomic>

namespace track::detail {
namespace {

constexpr std::size_t page_bytes = 4096;
constinit std::atomic<unsigned*> fallback_word{nullptr};

}  // namespace

void* reserve_memory(std::size_t& most, std::size_t least) noexcept {
  for (; most >= least; most /= 2) {
    void* const memory = mmap(nullptr, most, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory != MAP_FAILED) {
      return memory;
    }
  }
  return nullptr;
}

void release_memory(void* memory, std::size_t bytes) noexcept {
  munmap(memory, bytes);
}

const unsigned* this_process_word() noexcept {
  std::size_t bytes = page_bytes;
  auto* const word = static_cast<unsigned*>(reserve_memory(bytes, page_bytes));
  if (word == nullptr) {
    return nullptr;
  }
  if (madvise(word, page_bytes, MADV_WIPEONFORK) != 0) {
    // Kernels before 4.14: fork() at least is noticed, clone is not.
    unsigned* none = nullptr;
    if (!fallback_word.compare_exchange_strong(none, word) || pthread_atfork(nullptr, nullptr, [] {
                                                                *fallback_word.load() = 0;
                                                                fallback_word.store(nullptr);
                                                              }) != 0) {
      release_memory(word, page_bytes);
      return nullptr;
    }
  }
  *word = 1;
  return word;
}

}  // namespace track::detail
