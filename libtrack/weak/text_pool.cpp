#include "libtrack/weak/text_pool.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

#include <cxxabi.h>

#include "libtrack/weak/reserved_memory.hpp"
#include <track/detail/watching.hpp>

namespace track::detail {

struct text_pool {
  static constexpr std::uint32_t slots = 1u << 16;
  static constexpr std::uint32_t slots_filled_at_most = slots / 4 * 3;
  static constexpr std::size_t longest = 4096;

  std::atomic<std::uint64_t> used{sizeof(text_pool) + slots * sizeof(const text*)};
  std::uint64_t capacity = 0;
  std::atomic<std::uint32_t> filled{0};

  // Behind this; not a member, so that no constructor touches all of it.
  const text*& slot(std::uint32_t at) noexcept {
    return reinterpret_cast<const text**>(this + 1)[at];
  }

  static text_pool* open() noexcept;
  const text* find_or_add(std::string_view characters) noexcept;

 private:
  static std::uint32_t hash_of(std::string_view characters) noexcept;
  text* make(std::string_view characters, std::uint32_t hash) noexcept;
};

namespace {

constinit std::atomic<text_pool*> the_pool{nullptr};

}  // namespace

text_pool* text_pool::open() noexcept {
  text_pool* found = the_pool.load(std::memory_order_acquire);
  if (found != nullptr) {
    return found;
  }
  std::size_t bytes = std::size_t{16} << 20;
  void* const memory = reserve_memory(bytes, std::size_t{1} << 20);
  if (memory == nullptr) {
    return nullptr;
  }
  auto* const made = ::new (memory) text_pool;
  made->capacity = bytes;
  if (the_pool.compare_exchange_strong(found, made, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
    return made;
  }
  release_memory(memory, bytes);
  return found;
}

std::uint32_t text_pool::hash_of(std::string_view characters) noexcept {
  std::uint64_t hash = characters.size();
  while (!characters.empty()) {
    std::uint64_t word = 0;
    const std::size_t step = std::min(characters.size(), sizeof word);
    std::memcpy(&word, characters.data(), step);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
    characters.remove_prefix(step);
  }
  return static_cast<std::uint32_t>(hash >> 32 ^ hash);
}

text* text_pool::make(std::string_view characters, std::uint32_t hash) noexcept {
  const std::uint64_t bytes = (sizeof(text) + characters.size() + 7) / 8 * 8;
  std::uint64_t start = used.load(std::memory_order_relaxed);
  do {
    if (start + bytes > capacity) {
      return nullptr;
    }
  } while (!used.compare_exchange_weak(start, start + bytes, std::memory_order_relaxed));
  auto* const made = ::new (reinterpret_cast<char*>(this) + start) text;
  made->hash_ = hash;
  made->length_ = static_cast<std::uint32_t>(characters.size());
  std::memcpy(static_cast<void*>(made + 1), characters.data(), characters.size());
  return made;
}

const text* text_pool::find_or_add(std::string_view characters) noexcept {
  const std::uint32_t hash = hash_of(characters);
  text* made = nullptr;
  for (std::uint32_t at = hash % slots;; at = (at + 1) % slots) {
    const text* there = __atomic_load_n(&slot(at), __ATOMIC_ACQUIRE);
    if (there == nullptr) {
      if (made == nullptr && (filled.load(std::memory_order_relaxed) >= slots_filled_at_most ||
                              (made = make(characters, hash)) == nullptr)) {
        return nullptr;
      }
      const text* wanted = made;
      if (__atomic_compare_exchange(&slot(at), &there, &wanted, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        filled.fetch_add(1, std::memory_order_relaxed);
        return made;
      }
    }
    if (there->hash_ == hash && there->characters() == characters) {
      return there;
    }
  }
}

const text* intern(std::string_view characters) noexcept {
  if (characters.empty()) {
    return nullptr;
  }
  text_pool* const pool = text_pool::open();
  return pool == nullptr ? nullptr : pool->find_or_add(characters.substr(0, text_pool::longest));
}

std::string_view characters_of(const text* interned) noexcept {
  return interned == nullptr ? std::string_view() : interned->characters();
}

const text* text_of(const std::type_info& type) noexcept {
  const text* const mangled = intern(type.name());
  if (mangled == nullptr) {
    return nullptr;
  }
  const text* readable = mangled->readable.load(std::memory_order_acquire);
  if (readable != nullptr) {
    return readable;
  }
  int status = 0;
  char* const name = abi::__cxa_demangle(type.name(), nullptr, nullptr, &status);
  if (name == nullptr) {
    return mangled;  // no memory this time
  }
  readable = intern(name);
  std::free(name);
  if (readable == nullptr) {
    return mangled;
  }
  mangled->readable.store(readable, std::memory_order_release);
  return readable;
}

}  // namespace track::detail
