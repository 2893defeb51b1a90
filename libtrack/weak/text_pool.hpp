// The texts of records: type names, labels, tags and tests, each kept once and for ever. Floor 3.
//
// An open table without locks in memory of our own: 16 MiB of texts, 65,536 of them. A text knows
// the name that it has in the present object table, so a record costs no look-up. Any thread; a
// child of fork inherits the texts, and gives them names of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include <track/detail/record.hpp>

namespace track::detail {

class text {
 public:
  std::string_view characters() const noexcept {
    return {reinterpret_cast<const char*>(this + 1), length_};
  }

  // The name in the object table of this generation: high half the generation, low half the name.
  mutable std::atomic<std::uint64_t> place{0};
  // Of the mangled name of a type: its readable one.
  mutable std::atomic<const text*> readable{nullptr};

 private:
  friend struct text_pool;
  std::uint32_t hash_ = 0;
  std::uint32_t length_ = 0;
};

}  // namespace track::detail
