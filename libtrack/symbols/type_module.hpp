// One module, opened for questions about types and variables. Floor 4, inside of symbols.
//
// Owns files, libdw handle and all that was learned from them; DIEs that it gives live as long. One
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "libtrack/symbols/data_symbols.hpp"
#include "libtrack/symbols/debug_info.hpp"
#include "libtrack/symbols/debug_search.hpp"
#include "libtrack/symbols/function_index.hpp"
#include "libtrack/symbols/name_index.hpp"
#include "libtrack/symbols/scope_walk.hpp"
#include "libtrack/symbols/symbol_table.hpp"
#include "libtrack/symbols/type_layout.hpp"
#include "libtrack/symbols/type_source.hpp"

namespace track::symbols {

class type_module {
 public:
  type_module(const module_key& module, const resolver_options& options,
              type_layout::type_finder finder);

  bool has_debug_info() const { return index_ != nullptr; }

  // The definition of a type, if there is one that is not contradicted by another. `raw`: its name.
  std::optional<Dwarf_Die> type(std::string_view raw, std::string_view canonical);

  // The function around `address` and those inlined at it, outermost first. cost: see
  // function_index.
  scope_chain functions_at(std::uint64_t address);

  const data_symbol* variable_at(std::uint64_t address) const { return data_.variable_at(address); }
  const data_symbol* thread_local_at(std::uint64_t offset) const {
    return data_.thread_local_at(offset);
  }
  const function_symbol* function_at(std::uint64_t address) const {
    return functions_.find(address);
  }
  std::optional<Dwarf_Die> variable(const data_symbol& symbol, bool is_tls);

  std::optional<std::uint64_t> load_bias(std::uint64_t lowest) const;
  std::optional<tls_segment> thread_locals() const;

  // What the file has at an address; empty where it has not all of it.
  std::span<const std::uint8_t> bytes_at(std::uint64_t address, std::size_t most) const;
  std::optional<std::int64_t> word_at(std::uint64_t address) const;

  type_layout& layout() { return layout_; }

 private:
  module_files files_;
  data_symbols data_;
  symbol_table functions_;
  std::unique_ptr<debug_info> dwarf_;
  std::unique_ptr<name_index> index_;
  std::unique_ptr<function_index> code_;
  type_layout layout_;
};

// True for the name of a type or variable inside of a function.
bool is_function_local(std::string_view name);

}  // namespace track::symbols
