// One module, opened: its files, its symbol table, its DWARF. Floor 4, inside of symbols.
//
// Everything that a module costs in memory hangs here and goes with it. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "libtrack/symbols/debug_info.hpp"
#include "libtrack/symbols/debug_search.hpp"
#include "libtrack/symbols/die_names.hpp"
#include "libtrack/symbols/resolver.hpp"
#include "libtrack/symbols/scope_walk.hpp"
#include "libtrack/symbols/symbol_table.hpp"

namespace track::symbols {

class open_module {
 public:
  // Fills `status` in.
  open_module(const module_key& module, const resolver_options& options, module_status& status);

  std::vector<std::vector<resolved_frame>> resolve(std::span<const std::uint64_t> addresses);

  bool has_debug_info() const { return dwarf_ != nullptr; }

  // What is held apart from pages of the files.
  std::size_t size_bytes() const;

 private:
  using chains = std::vector<std::vector<resolved_frame>>;

  void resolve_unit(Dwarf_Off unit, std::span<const std::uint64_t> addresses,
                    std::span<std::vector<resolved_frame>> out);
  std::vector<resolved_frame> frames_of(Dwarf_Die& unit, std::uint64_t address,
                                        scope_chain& scopes);
  void name_outermost(resolved_frame& frame, std::uint64_t address, scope_chain& scopes);
  void set_line(resolved_frame& frame, Dwarf_Die& unit, std::uint64_t address);
  void set_call_site(resolved_frame& frame, Dwarf_Die& inlined);
  const std::string& source_path(const char* path, Dwarf_Die& unit);
  void make_room(Dwarf_Die& unit);

  module_files files_;
  symbol_table symbols_;
  std::unique_ptr<debug_info> dwarf_;
  die_names names_;
  std::unordered_map<const char*, std::string> paths_;
  std::uint64_t walk_budget_ = 0;
  std::size_t lines_kept_ = 0;
  int units_since_drop_ = 0;
};

}  // namespace track::symbols
