#include "libtrack/weak/stack_pool.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include <boost/stacktrace/safe_dump_to.hpp>

#include "libtrack/weak/reserved_memory.hpp"

namespace track::detail {
namespace {

constexpr std::size_t deepest = 128;

struct stack_header {
  std::uint32_t hash;
  std::uint32_t depth;
};

// Stacks by the number of their first word.
struct stack_words {
  static constexpr std::uint32_t slots = 1u << 16;
  static constexpr std::uint32_t slots_filled_at_most = slots / 4 * 3;

  std::atomic<std::uint32_t> used{0};
  std::uint32_t capacity = 0;
  std::atomic<std::uint32_t> filled{0};

  std::uint32_t& slot(std::uint32_t at) noexcept {
    return reinterpret_cast<std::uint32_t*>(this + 1)[at];
  }
  std::uint64_t* word(std::uint32_t number) noexcept {
    return reinterpret_cast<std::uint64_t*>(this) + number;
  }

  static stack_words* open() noexcept;
  std::uint32_t find_or_add(void* const* addresses, std::uint32_t depth) noexcept;
  std::uint32_t make(const stack_header& header, void* const* addresses) noexcept;
  bool is(std::uint32_t number, const stack_header& header, void* const* addresses) noexcept;
};

constinit std::atomic<stack_words*> the_words{nullptr};

stack_words* stack_words::open() noexcept {
  stack_words* found = the_words.load(std::memory_order_acquire);
  if (found != nullptr) {
    return found;
  }
  std::size_t bytes = std::size_t{32} << 20;
  void* const memory = reserve_memory(bytes, std::size_t{1} << 20);
  if (memory == nullptr) {
    return nullptr;
  }
  auto* const made = ::new (memory) stack_words;
  constexpr std::size_t head = sizeof(stack_words) + slots * sizeof(std::uint32_t);
  made->used.store((head + 7) / 8, std::memory_order_relaxed);
  made->capacity = static_cast<std::uint32_t>(bytes / 8);
  if (the_words.compare_exchange_strong(found, made, std::memory_order_acq_rel,
                                        std::memory_order_acquire)) {
    return made;
  }
  release_memory(memory, bytes);
  return found;
}

std::uint32_t stack_words::make(const stack_header& header, void* const* addresses) noexcept {
  const std::uint32_t words = 1 + header.depth;
  std::uint32_t start = used.load(std::memory_order_relaxed);
  do {
    if (capacity - start < words) {
      return 0;
    }
  } while (!used.compare_exchange_weak(start, start + words, std::memory_order_relaxed));
  std::memcpy(word(start), &header, sizeof header);
  std::memcpy(word(start) + 1, addresses, header.depth * sizeof *addresses);
  return start;
}

bool stack_words::is(std::uint32_t number, const stack_header& header,
                     void* const* addresses) noexcept {
  return std::memcmp(word(number), &header, sizeof header) == 0 &&
         std::memcmp(word(number) + 1, addresses, header.depth * sizeof *addresses) == 0;
}

std::uint32_t stack_words::find_or_add(void* const* addresses, std::uint32_t depth) noexcept {
  std::uint64_t hash = depth;
  for (std::uint32_t i = 0; i < depth; ++i) {
    hash = (hash ^ reinterpret_cast<std::uintptr_t>(addresses[i])) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  const stack_header header = {static_cast<std::uint32_t>(hash >> 32), depth};
  std::uint32_t made = 0;
  for (std::uint32_t at = header.hash % slots;; at = (at + 1) % slots) {
    std::uint32_t there = __atomic_load_n(&slot(at), __ATOMIC_ACQUIRE);
    if (there == 0) {
      if (made == 0 && (filled.load(std::memory_order_relaxed) >= slots_filled_at_most ||
                        (made = make(header, addresses)) == 0)) {
        return 0;
      }
      if (__atomic_compare_exchange_n(&slot(at), &there, made, false, __ATOMIC_ACQ_REL,
                                      __ATOMIC_ACQUIRE)) {
        filled.fetch_add(1, std::memory_order_relaxed);
        return made;
      }
    }
    if (is(there, header, addresses)) {
      return there;
    }
  }
}

}  // namespace

std::uint32_t sample_stack(unsigned skipped) noexcept {
  stack_words* const words = stack_words::open();
  if (words == nullptr) {
    return 0;
  }
  void* addresses[deepest + 1] = {};
  const std::size_t found =
      boost::stacktrace::safe_dump_to(skipped + 1, static_cast<void*>(addresses), sizeof addresses);
  const auto* const end = std::find(addresses, addresses + std::min(found, deepest), nullptr);
  const auto depth = static_cast<std::uint32_t>(end - addresses);
  return depth == 0 ? 0 : words->find_or_add(addresses, depth);
}

std::size_t sampled_frames(std::uint32_t stack, void** addresses, std::size_t most) noexcept {
  stack_words* const words = the_words.load(std::memory_order_acquire);
  if (words == nullptr || stack == 0 || stack >= words->capacity) {
    return 0;
  }
  stack_header header;
  std::memcpy(&header, words->word(stack), sizeof header);
  const std::size_t depth = std::min<std::size_t>(header.depth, most);
  std::memcpy(addresses, words->word(stack) + 1, depth * sizeof *addresses);
  return depth;
}

}  // namespace track::detail
