// Where the public API meets the preload: the table of one weak symbol. Floor 3.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/ledger/program_table.hpp"

namespace track::detail {

// The preload's table; null: there is no preload, or one of another version.
const libtrack_ledger_table* preload_table() noexcept;

// A function of the table; null: no preload, or an older one without it.
template <class Function>
Function preload_function(Function libtrack_ledger_table::*member) noexcept {
  const libtrack_ledger_table* const table = preload_table();
  if (table == nullptr) {
    return nullptr;
  }
  const auto* const place = reinterpret_cast<const char*>(&(table->*member));
  const auto end =
      static_cast<std::size_t>(place - reinterpret_cast<const char*>(table)) + sizeof(Function);
  return table->size_bytes < end ? nullptr : table->*member;
}

// The preload's number of this block; 0: there is none, or no preload.
std::uint64_t preload_serial(const void* block) noexcept;

}  // namespace track::detail
