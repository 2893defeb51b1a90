// How a record is filled, and found again. Floor 3.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/weak/object_table.hpp"

namespace track::detail {

struct record_facts {
  std::size_t size_bytes;
  const text* type;
  const text* label;
};

// A record of the current table, written but for its address. index 0: there was no place, and it
// is counted.
struct new_record {
  object_table* table = nullptr;
  std::uint32_t index = 0;
  std::uint64_t serial = 0;

  void publish(const volatile void* address) const noexcept {
    write_word(table->record(index).address,
               reinterpret_cast<std::uintptr_t>(address) & ~std::uintptr_t{ledger::object_dead});
  }
  void give_up() const noexcept { give_record(*table, records_of_thread(*table), index); }
};
new_record write_record(const record_facts& facts) noexcept;

void count_lost(object_table* table) noexcept;

// The record has this serial, and is in use.
bool is_record(const object_table& table, std::uint32_t index, std::uint64_t serial) noexcept;

}  // namespace track::detail
