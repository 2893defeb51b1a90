// What the writer's parts share: the levels of the node index, taking places. Floor 1,
// freestanding.
#pragma once

#include "libtrack/ledger/writer.hpp"

namespace track::ledger {

constexpr std::uint64_t level_entries(unsigned level) {
  return std::uint64_t{1} << (first_index_level_bits + level);
}

constexpr std::uint64_t level_offset(unsigned level) {
  return level_entries(level) - level_entries(0);
}

// Entries of all levels that are needed before `nodes` fill half of the last one.
inline std::uint64_t index_entries(std::uint64_t nodes) {
  unsigned level = 0;
  while (level_entries(level) < nodes * 2) {
    ++level;
  }
  return level_offset(level + 1);
}

// Takes the next free place of a table of `capacity`, 0 when there is none.
inline std::uint64_t take_place(std::uint64_t& used, std::uint64_t capacity) {
  if (__atomic_load_n(&used, __ATOMIC_RELAXED) >= capacity) {
    return 0;
  }
  const std::uint64_t place = __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);
  return place < capacity ? place : 0;
}

}  // namespace track::ledger
