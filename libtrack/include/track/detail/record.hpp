// One record of the registry, as its makers see it. Floor 3.
//
// A maker keeps the record_id (in the block's end, in the object) and gives it back with the same
// address. A record is {address, serial}, a block_ref in the registry's own numbers: it owns
// nothing. Ids are checked when they come back, so one that was overwritten, or that a child of
// fork inherited, does nothing.
// threads: any. Nothing here allocates by operator new or malloc, throws, or runs user code.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <track/detail/api.hpp>
#include <track/detail/describe.hpp>

namespace track::detail {

LIBTRACK_API extern std::atomic<bool> tracking_on;
inline bool is_tracking() noexcept {
  return tracking_on.load(std::memory_order_relaxed);
}

// A text that is kept for ever, once: a type's name, a label, a tag, a test.
class text;
// Null: empty, or there is no place left. cost: 20 ns when it is known.
LIBTRACK_API const text* intern(std::string_view characters) noexcept;
LIBTRACK_API std::string_view characters_of(const text* interned) noexcept;

template <class T>
const text* type_text() noexcept {
  static constinit std::atomic<const text*> known{nullptr};
  const text* found = known.load(std::memory_order_acquire);
  if (found == nullptr) {
    found = intern(type_name<T>());
    known.store(found, std::memory_order_release);
  }
  return found;
}

struct record_id {
  std::uint32_t index = 0;   // 0: of none
  std::uint32_t serial = 0;  // its low bits
};

LIBTRACK_API record_id add_record(const volatile void* address, std::size_t size_bytes,
                                  const text* type, const text* label) noexcept;
LIBTRACK_API void remove_record(record_id id, const volatile void* address) noexcept;

// The tag of this thread's new records; returns the one before.
LIBTRACK_API const text* exchange_tag(const text* tag) noexcept;

}  // namespace track::detail
