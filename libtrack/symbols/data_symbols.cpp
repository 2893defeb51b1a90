#include "libtrack/symbols/data_symbols.hpp"

#include <algorithm>
#include <cstring>
#include <tuple>

#include <gelf.h>

namespace track::symbols {

namespace {

// Of aliases (`environ`, `__environ`) the public one, then what does not depend on the order.
bool comes_before(const data_symbol& a, const data_symbol& b) {
  const auto key = [](const data_symbol& s) {
    return std::tuple(s.address, s.size_bytes == 0, s.is_local, std::strspn(s.name, "_"),
                      std::strlen(s.name));
  };
  const auto left = key(a);
  const auto right = key(b);
  return left != right ? left < right : std::strcmp(a.name, b.name) < 0;
}

void sort_and_thin(std::vector<data_symbol>& symbols) {
  std::sort(symbols.begin(), symbols.end(), comes_before);
  const auto same = [](const auto& a, const auto& b) { return a.address == b.address; };
  symbols.erase(std::unique(symbols.begin(), symbols.end(), same), symbols.end());
}

const data_symbol* covering(const std::vector<data_symbol>& symbols, std::uint64_t address) {
  const auto after =
      std::upper_bound(symbols.begin(), symbols.end(), address,
                       [](std::uint64_t value, const data_symbol& s) { return value < s.address; });
  if (after == symbols.begin() || address - (after - 1)->address >= (after - 1)->size_bytes) {
    return nullptr;
  }
  return &*(after - 1);
}

}  // namespace

data_symbols::data_symbols(const elf_file& file, std::uint32_t section_type) {
  Elf* elf = file.handle();
  for (Elf_Scn* section = nullptr; (section = elf_nextscn(elf, section)) != nullptr;) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr || header.sh_type != section_type) {
      continue;
    }
    Elf_Data* data = elf_getdata(section, nullptr);
    const std::size_t count = data == nullptr ? 0 : data->d_size / sizeof(Elf64_Sym);
    for (std::size_t i = 0; i < count; ++i) {
      GElf_Sym symbol;
      if (gelf_getsym(data, static_cast<int>(i), &symbol) == nullptr) {
        break;
      }
      const unsigned type = GELF_ST_TYPE(symbol.st_info);
      const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
      const bool is_variable = type == STT_OBJECT || type == STT_TLS;
      if (!is_variable || symbol.st_shndx == SHN_UNDEF || name == nullptr || *name == '\0') {
        continue;
      }
      (type == STT_TLS ? thread_locals_ : variables_)
          .push_back(
              {symbol.st_value, symbol.st_size, name, GELF_ST_BIND(symbol.st_info) == STB_LOCAL});
    }
  }
  sort_and_thin(variables_);
  sort_and_thin(thread_locals_);
}

const data_symbol* data_symbols::variable_at(std::uint64_t address) const {
  return covering(variables_, address);
}

const data_symbol* data_symbols::thread_local_at(std::uint64_t offset) const {
  return covering(thread_locals_, offset);
}

}  // namespace track::symbols
