// What the writer's parts share: taking places in tables. Floor 1, freestanding.
#pragma once

#include "libtrack/ledger/writer.hpp"

namespace track::ledger {

// Takes `count` free places of a table of `capacity`, one after the other: the first, 0 when there
// are none.
inline std::uint64_t take_places(std::uint64_t& used, std::uint64_t capacity, std::uint64_t count) {
  if (__atomic_load_n(&used, __ATOMIC_RELAXED) + count > capacity) {
    return 0;
  }
  const std::uint64_t place = __atomic_fetch_add(&used, count, __ATOMIC_RELAXED);
  return place + count <= capacity ? place : 0;
}

inline std::uint64_t take_place(std::uint64_t& used, std::uint64_t capacity) {
  return take_places(used, capacity, 1);
}

}  // namespace track::ledger
