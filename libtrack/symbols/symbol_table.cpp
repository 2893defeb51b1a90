#include "libtrack/symbols/symbol_table.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include <gelf.h>

namespace track::symbols {

namespace {

// A symbol may lie inside another's range (an entry in the middle of assembly): so many are looked
// at before the address counts as uncovered.
constexpr int enclosing_limit = 16;

unsigned rank_of(unsigned binding) {
  return binding == STB_GLOBAL ? 0 : binding == STB_WEAK ? 1 : 2;
}

// Of aliases the one that programs use: not local, fewest leading underscores (`isalnum_l` is weak
// beside a global `__isalnum_l`), then what does not depend on the order in the file.
bool better_alias(const function_symbol& a, const function_symbol& b) {
  const auto key = [](const function_symbol& s) {
    return std::tuple(s.size_bytes == 0, s.is_local(), std::strspn(s.name, "_"), s.rank,
                      std::strlen(s.name));
  };
  const auto left = key(a);
  const auto right = key(b);
  return left != right ? left < right : std::strcmp(a.name, b.name) < 0;
}

}  // namespace

symbol_table::symbol_table(const elf_file& file, std::uint32_t section_type) {
  Elf* elf = file.handle();
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != section_type) {
      continue;
    }
    Elf_Data* data = elf_getdata(section, nullptr);
    if (data == nullptr) {
      continue;
    }
    const std::size_t count = data->d_size / sizeof(Elf64_Sym);
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) {
        break;
      }
      const unsigned type = GELF_ST_TYPE(symbol.st_info);
      if ((type != STT_FUNC && type != STT_GNU_IFUNC) || symbol.st_shndx == SHN_UNDEF) {
        continue;
      }
      const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
      if (name != nullptr && *name != '\0') {
        symbols_.push_back(
            {symbol.st_value, symbol.st_size, name, rank_of(GELF_ST_BIND(symbol.st_info))});
      }
    }
  }
  std::sort(symbols_.begin(), symbols_.end(), [](const auto& a, const auto& b) {
    return a.address != b.address ? a.address < b.address : better_alias(a, b);
  });
  const auto same = [](const auto& a, const auto& b) { return a.address == b.address; };
  symbols_.erase(std::unique(symbols_.begin(), symbols_.end(), same), symbols_.end());
}

const function_symbol* symbol_table::find(std::uint64_t address) const {
  auto after = std::upper_bound(
      symbols_.begin(), symbols_.end(), address,
      [](std::uint64_t value, const function_symbol& s) { return value < s.address; });
  for (int i = 0; i < enclosing_limit && after != symbols_.begin(); ++i) {
    --after;
    if (address - after->address < after->size_bytes) {
      return &*after;
    }
  }
  return nullptr;
}

}  // namespace track::symbols
