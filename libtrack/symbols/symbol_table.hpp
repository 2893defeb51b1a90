// The function symbols of an ELF file, by address. Floor 4, inside of symbols.
//
// Points into the elf_file it was read from, which must outlive it. One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "libtrack/symbols/elf_file.hpp"

namespace track::symbols {

struct function_symbol {
  std::uint64_t address = 0;
  std::uint64_t size_bytes = 0;
  const char* name = nullptr;  // mangled, perhaps with "@VERSION"
  unsigned rank = 0;           // 0 global, 1 weak, 2 local

  bool is_local() const { return rank == 2; }
};

class symbol_table {
 public:
  symbol_table() = default;

  // Reads SHT_SYMTAB or SHT_DYNSYM. Broken entries are left out; no table gives an empty object.
  // cost: 32 bytes a function, one sort.
  symbol_table(const elf_file& file, std::uint32_t section_type);

  bool empty() const { return symbols_.empty(); }
  std::size_t size_bytes() const { return symbols_.size() * sizeof(function_symbol); }

  // The nearest function at or before `address` that covers it; nullptr when none does. Functions
  // without a size cover nothing. cost: a binary search.
  const function_symbol* find(std::uint64_t address) const;

 private:
  std::vector<function_symbol> symbols_;  // by address, one an address
};

}  // namespace track::symbols
