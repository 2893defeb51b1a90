// The variables in the symbol tables of an ELF file, by address. Floor 4, inside of symbols.
//
// Points into the elf_file it was read from, which must outlive it. One thread.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/symbols/elf_file.hpp"

namespace track::symbols {

struct data_symbol {
  std::uint64_t address = 0;  // of thread-locals: the offset in the module's storage
  std::uint64_t size_bytes = 0;
  const char* name = nullptr;  // mangled, perhaps with "@VERSION"
  bool is_local = false;
};

class data_symbols {
 public:
  data_symbols() = default;

  // Reads SHT_SYMTAB or SHT_DYNSYM. Broken entries are left out. cost: 32 bytes a variable, a sort.
  data_symbols(const elf_file& file, std::uint32_t section_type);

  bool empty() const { return variables_.empty() && thread_locals_.empty(); }

  // The variable that covers the address; nullptr when none does. cost: a binary search.
  const data_symbol* variable_at(std::uint64_t address) const;
  const data_symbol* thread_local_at(std::uint64_t offset) const;

 private:
  std::vector<data_symbol> variables_;  // by address, one an address
  std::vector<data_symbol> thread_locals_;
};

}  // namespace track::symbols
