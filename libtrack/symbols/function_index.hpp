// The functions of a unit by address, for questions that come one by one. Floor 4, inside of
// symbols.
//
// find_scopes answers many addresses with one walk over a unit; here the unit is walked once and
// the places of its functions are kept. DIEs live as long as the debug_info. One thread.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include <elfutils/libdw.h>

#include "libtrack/symbols/debug_info.hpp"
#include "libtrack/symbols/scope_walk.hpp"

namespace track::symbols {

class function_index {
 public:
  explicit function_index(debug_info& dwarf) : dwarf_(dwarf), budget_(dwarf.die_limit()) {}

  // The function around `address`, then those inlined at it, outermost first.
  // cost: the first time in a unit a walk over its functions, then that of one function's blocks.
  scope_chain functions_at(std::uint64_t address);

 private:
  struct function {
    std::uint64_t low;
    std::uint64_t high;
    Dwarf_Die die;
  };

  const std::vector<function>& functions_of(Dwarf_Off unit);
  void collect(Dwarf_Die& parent, int depth, std::vector<function>& out);
  void add_inlined(Dwarf_Die& parent, std::uint64_t address, int depth, scope_chain& chain);

  debug_info& dwarf_;
  std::uint64_t budget_;  // DIEs that may still be visited
  std::unordered_map<Dwarf_Off, std::vector<function>> units_;
};

}  // namespace track::symbols
