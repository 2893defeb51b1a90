#include "libtrack/symbols/type_module.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string>

#include <dwarf.h>
#include <gelf.h>

#include "libtrack/symbols/demangle.hpp"
#include "libtrack/symbols/type_text.hpp"

namespace track::symbols {

namespace {

constexpr std::uint64_t page_bytes = 4096;

template <typename Visit>
void for_segments(const std::optional<elf_file>& file, Visit visit) {
  std::size_t count = 0;
  if (!file || elf_getphdrnum(file->handle(), &count) != 0) {
    return;
  }
  for (std::size_t i = 0; i < count; ++i) {
    GElf_Phdr segment;
    if (gelf_getphdr(file->handle(), static_cast<int>(i), &segment) == nullptr) {
      return;
    }
    visit(segment);
  }
}

}  // namespace

bool is_function_local(std::string_view name) {
  const type_parts parts = parts_of(name);
  std::string_view scope = parts.scope;
  if (scope.ends_with("(anonymous namespace)")) {
    return false;
  }
  const bool is_lambda = parts.base.starts_with("{lambda") || parts.base.starts_with("<lambda") ||
                         parts.base.starts_with("$_");
  return is_lambda || scope == "main" || scope.ends_with(")") || scope.ends_with(") const") ||
         scope.starts_with("main::") || scope.find(")::") != std::string_view::npos;
}

type_module::type_module(const module_key& module, const resolver_options& options,
                         type_layout::type_finder finder)
    : layout_(std::move(finder)) {
  module_status status;
  files_ = find_files(module, options, status);
  const auto take = [this](const std::optional<elf_file>& file, std::uint32_t type) {
    if (file && data_.empty()) {
      data_ = data_symbols(*file, type);
    }
    if (file && functions_.empty()) {
      functions_ = symbol_table(*file, type);
    }
  };
  take(files_.binary, SHT_SYMTAB);
  take(files_.debug, SHT_SYMTAB);
  take(files_.binary, SHT_DYNSYM);
  if (!status.debug_file.empty()) {
    const bool inside = files_.binary && files_.binary->has_debug_info();
    if (!inside && !files_.debug) {
      return;
    }
    dwarf_ = std::make_unique<debug_info>(inside ? *files_.binary : *files_.debug,
                                          std::move(files_.alternate), debug_use::locations);
    index_ = std::make_unique<name_index>(*dwarf_);
    code_ = std::make_unique<function_index>(*dwarf_);
  }
}

std::optional<Dwarf_Die> type_module::type(std::string_view raw, std::string_view canonical) {
  if (index_ == nullptr) {
    return std::nullopt;
  }
  const std::vector<Dwarf_Die> found = index_->types(canonical, is_function_local(raw));
  for (const Dwarf_Die& each : found) {
    if (!layout_.same_layout(found.front(), each)) {
      return std::nullopt;
    }
  }
  return found.empty() ? std::nullopt : std::optional(found.front());
}

scope_chain type_module::functions_at(std::uint64_t address) {
  return code_ ? code_->functions_at(address) : scope_chain{};
}

std::optional<Dwarf_Die> type_module::variable(const data_symbol& symbol, bool is_tls) {
  if (index_ == nullptr) {
    return std::nullopt;
  }
  const std::string name = demangle(symbol.name);
  // Local statics of C have a number behind their name, "cache.3", others a mark of their type's
  // ABI, "text[abi:cxx11]".
  const std::string base(parts_of(name).base.substr(0, parts_of(name).base.find_first_of(".[")));
  auto found = index_->variable(base, symbol.address, is_tls, false);
  const bool may_be_local = symbol.is_local || is_function_local(name);
  return found || !may_be_local ? found : index_->variable(base, symbol.address, is_tls, true);
}

std::optional<std::uint64_t> type_module::load_bias(std::uint64_t lowest) const {
  std::optional<std::uint64_t> first;
  for_segments(files_.binary, [&](const GElf_Phdr& segment) {
    if (segment.p_type == PT_LOAD) {
      const std::uint64_t start = segment.p_vaddr / page_bytes * page_bytes;
      first = first ? std::min(*first, start) : start;
    }
  });
  return first ? std::optional(lowest - *first) : std::nullopt;
}

std::optional<tls_segment> type_module::thread_locals() const {
  std::optional<tls_segment> found;
  for_segments(files_.binary, [&](const GElf_Phdr& segment) {
    if (segment.p_type != PT_TLS || segment.p_memsz > UINT32_MAX || segment.p_align > UINT32_MAX) {
      return;
    }
    const std::uint64_t align = std::has_single_bit(segment.p_align) ? segment.p_align : 1;
    // As the dynamic linker places the first module: see _dl_determine_tlsoffset.
    const std::uint64_t first = (0 - segment.p_vaddr) & (align - 1);
    const std::uint64_t rest = segment.p_memsz > first ? segment.p_memsz - first : 0;
    found = {segment.p_memsz, align, (rest + align - 1) / align * align + first};
  });
  return found;
}

std::span<const std::uint8_t> type_module::bytes_at(std::uint64_t address, std::size_t most) const {
  std::span<const std::uint8_t> bytes;
  std::size_t file_bytes = 0;
  const char* image = files_.binary ? elf_rawfile(files_.binary->handle(), &file_bytes) : nullptr;
  for_segments(files_.binary, [&](const GElf_Phdr& segment) {
    const std::uint64_t at = address - segment.p_vaddr;
    if (segment.p_type != PT_LOAD || address < segment.p_vaddr || at >= segment.p_filesz ||
        image == nullptr || segment.p_offset > file_bytes || at >= file_bytes - segment.p_offset) {
      return;
    }
    const std::uint64_t place = segment.p_offset + at;
    const std::uint64_t rest = std::min(segment.p_filesz - at, file_bytes - place);
    bytes = {reinterpret_cast<const std::uint8_t*>(image) + place,
             static_cast<std::size_t>(std::min<std::uint64_t>(rest, most))};
  });
  return bytes;
}

std::optional<std::int64_t> type_module::word_at(std::uint64_t address) const {
  const auto bytes = bytes_at(address, 8);
  if (bytes.size() < 8) {
    return std::nullopt;
  }
  std::int64_t word = 0;
  std::memcpy(&word, bytes.data(), sizeof word);
  return word;
}

}  // namespace track::symbols
