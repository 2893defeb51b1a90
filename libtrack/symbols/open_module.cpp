#include "libtrack/symbols/open_module.hpp"

#include <elf.h>

#include <algorithm>
#include <filesystem>
#include <tuple>

#include <dwarf.h>

#include "libtrack/symbols/demangle.hpp"

namespace track::symbols {

namespace {

// libdw keeps every line table that it decoded; beyond so many rows (some 40 bytes each) it is
// started afresh.
constexpr std::size_t lines_kept_limit = 8'000'000;

// Pages of the file that were read for one unit are of little use to the next ones.
constexpr int units_between_drops = 16;

// Visits of DIEs: each can be seen a few times (a second walk, function bodies), forged trees
// often.
constexpr std::uint64_t visits_a_byte = 4;
constexpr std::uint64_t visits_in_split_files = 200'000'000;

}  // namespace

open_module::open_module(const module_key& module, const resolver_options& options,
                         module_status& status)
    : files_(find_files(module, options, status)) {
  const auto take_symbols = [this](const std::optional<elf_file>& file, std::uint32_t type) {
    if (file && symbols_.empty()) {
      symbols_ = symbol_table(*file, type);
    }
  };
  take_symbols(files_.binary, SHT_SYMTAB);
  take_symbols(files_.debug, SHT_SYMTAB);
  const bool stripped = symbols_.empty();
  take_symbols(files_.binary, SHT_DYNSYM);
  if (!symbols_.empty()) {
    status.names = stripped ? name_source::dynamic_symbols : name_source::symbols;
  }
  if (!status.debug_file.empty()) {
    const bool inside = files_.binary && files_.binary->has_debug_info();
    dwarf_ = std::make_unique<debug_info>(inside ? *files_.binary : *files_.debug,
                                          std::move(files_.alternate));
    walk_budget_ = dwarf_->die_limit() * visits_a_byte + visits_in_split_files;
    if (!dwarf_->empty()) {
      status.names = name_source::debug_info;
      return;
    }
    status.reasons.push_back("the debug information in " + status.debug_file +
                             " covers no code or is broken");
  }
  status.reasons.push_back(
      symbols_.empty() ? "no symbols were found"
      : stripped       ? "no debug information was found, and only the symbols for dynamic linking"
                       : "no debug information was found: functions only, no lines");
}

std::size_t open_module::size_bytes() const {
  return symbols_.size_bytes() + (dwarf_ ? dwarf_->size_bytes() : 0);
}

std::vector<std::vector<resolved_frame>> open_module::resolve(
    std::span<const std::uint64_t> addresses) {
  // By unit, and inside of it by address, each address once.
  struct question {
    Dwarf_Off unit;
    std::uint64_t address;
    std::size_t index;
  };
  constexpr Dwarf_Off no_unit = UINT64_MAX;
  std::vector<question> questions;
  questions.reserve(addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    const auto unit = dwarf_ ? dwarf_->unit_of(addresses[i]) : std::nullopt;
    questions.push_back({unit.value_or(no_unit), addresses[i], i});
  }
  std::sort(questions.begin(), questions.end(), [](const question& a, const question& b) {
    return std::tie(a.unit, a.address) < std::tie(b.unit, b.address);
  });
  chains answers(addresses.size());
  for (auto first = questions.begin(); first != questions.end();) {
    const auto last = std::find_if(first, questions.end(),
                                   [&](const question& q) { return q.unit != first->unit; });
    std::vector<std::uint64_t> asked;
    for (auto q = first; q != last; ++q) {
      if (asked.empty() || asked.back() != q->address) {
        asked.push_back(q->address);
      }
    }
    chains found(asked.size());
    resolve_unit(first->unit, asked, found);
    for (auto q = first; q != last; ++q) {
      const auto at = std::lower_bound(asked.begin(), asked.end(), q->address) - asked.begin();
      answers[q->index] = found[static_cast<std::size_t>(at)];
    }
    first = last;
  }
  return answers;
}

void open_module::resolve_unit(Dwarf_Off offset, std::span<const std::uint64_t> addresses,
                               std::span<std::vector<resolved_frame>> out) {
  Dwarf_Die unit;
  const bool known = dwarf_ && dwarf_->unit_die(offset, unit);
  std::vector<scope_chain> scopes(addresses.size());
  if (known) {
    make_room(unit);
    dwarf_->unit_die(offset, unit);
    Dwarf_Die split;
    Dwarf_Die head;
    const bool has_split =
        dwarf_cu_info(unit.cu, nullptr, nullptr, &head, &split, nullptr, nullptr, nullptr) == 0 &&
        dwarf_tag(&split) == DW_TAG_compile_unit;
    scopes = find_scopes(has_split ? split : unit, addresses, walk_budget_);
  }
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    if (known) {
      out[i] = frames_of(unit, addresses[i], scopes[i]);
    } else if (const function_symbol* symbol = symbols_.find(addresses[i])) {
      out[i] = {{demangle(without_clone_suffix(symbol->name)), {}, 0, false}};
    }
  }
}

std::vector<resolved_frame> open_module::frames_of(Dwarf_Die& unit, std::uint64_t address,
                                                   scope_chain& scopes) {
  std::vector<resolved_frame> frames(std::max<std::size_t>(scopes.size(), 1));
  set_line(frames.front(), unit, address);
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
    Dwarf_Die& inlined = scopes[scopes.size() - 1 - i];
    frames[i].function = names_.function(inlined);
    frames[i].inlined = true;
    set_call_site(frames[i + 1], inlined);
  }
  name_outermost(frames.back(), address, scopes);
  const bool nothing = frames.size() == 1 && frames[0].function.empty();
  return nothing ? std::vector<resolved_frame>() : frames;
}

void open_module::name_outermost(resolved_frame& frame, std::uint64_t address,
                                 scope_chain& scopes) {
  // Where DWARF does not say the mangled name, the symbol does, as the program has it: `malloc` and
  // not the `__libc_malloc` that it is an alias of. Local symbols of C are clones ("f.part.0").
  const bool exact = !scopes.empty() && die_names::has_mangled_name(scopes.front());
  const function_symbol* symbol = exact ? nullptr : symbols_.find(address);
  if (symbol != nullptr) {
    const std::string_view base = without_clone_suffix(symbol->name);
    if (scopes.empty() || !symbol->is_local() || base.starts_with("_Z")) {
      frame.function = demangle(base);
      return;
    }
  }
  if (!scopes.empty()) {
    frame.function = names_.function(scopes.front());
  }
}

void open_module::set_line(resolved_frame& frame, Dwarf_Die& unit, std::uint64_t address) {
  Dwarf_Line* row = dwarf_getsrc_die(&unit, address);
  if (row == nullptr) {
    return;
  }
  int line = 0;
  if (dwarf_lineno(row, &line) == 0 && line > 0) {
    frame.line = static_cast<std::uint32_t>(line);
  }
  if (const char* path = dwarf_linesrc(row, nullptr, nullptr)) {
    frame.file = source_path(path, unit);
  }
}

void open_module::set_call_site(resolved_frame& frame, Dwarf_Die& inlined) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&inlined, DW_AT_call_line, &attribute) != nullptr &&
      dwarf_formudata(&attribute, &value) == 0 && value <= INT32_MAX) {
    frame.line = static_cast<std::uint32_t>(value);
  }
  Dwarf_Die unit;
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  if (dwarf_attr(&inlined, DW_AT_call_file, &attribute) != nullptr &&
      dwarf_formudata(&attribute, &value) == 0 &&
      dwarf_diecu(&inlined, &unit, nullptr, nullptr) != nullptr &&
      dwarf_getsrcfiles(&unit, &files, &count) == 0 && value < count) {
    if (const char* path = dwarf_filesrc(files, value, nullptr, nullptr)) {
      frame.file = source_path(path, unit);
    }
  }
}

// `path` made absolute with the unit's directory, and without "." and "..".
const std::string& open_module::source_path(const char* path, Dwarf_Die& unit) {
  const auto [entry, fresh] = paths_.try_emplace(path);
  if (fresh) {
    std::filesystem::path full(path);
    Dwarf_Attribute attribute;
    if (full.is_relative() && dwarf_attr(&unit, DW_AT_comp_dir, &attribute) != nullptr) {
      if (const char* directory = dwarf_formstring(&attribute)) {
        full = std::filesystem::path(directory) / full;
      }
    }
    entry->second = full.lexically_normal().string();
  }
  return entry->second;
}

void open_module::make_room(Dwarf_Die& unit) {
  Dwarf_Lines* lines = nullptr;
  std::size_t count = 0;
  if (++units_since_drop_ >= units_between_drops) {
    dwarf_->drop_pages();
    units_since_drop_ = 0;
  }
  if (lines_kept_ > lines_kept_limit) {
    names_.forget();
    paths_.clear();
    dwarf_->reopen();
    lines_kept_ = 0;
  } else if (dwarf_getsrclines(&unit, &lines, &count) == 0) {
    lines_kept_ += count;
  }
}

}  // namespace track::symbols
