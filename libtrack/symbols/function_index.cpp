#include "libtrack/symbols/function_index.hpp"

#include <algorithm>

#include <dwarf.h>

namespace track::symbols {

namespace {

constexpr int depth_limit = 64;

bool is_block(int tag) {
  return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

bool has_code(Dwarf_Die& die) {
  return dwarf_hasattr(&die, DW_AT_low_pc) != 0 || dwarf_hasattr(&die, DW_AT_ranges) != 0;
}

}  // namespace

scope_chain function_index::functions_at(std::uint64_t address) {
  const auto unit = dwarf_.unit_of(address);
  if (!unit) {
    return {};
  }
  const std::vector<function>& functions = functions_of(*unit);
  const auto after =
      std::upper_bound(functions.begin(), functions.end(), address,
                       [](std::uint64_t value, const function& each) { return value < each.low; });
  if (after == functions.begin() || address >= (after - 1)->high) {
    return {};
  }
  scope_chain chain = {(after - 1)->die};
  add_inlined(chain.front(), address, 0, chain);
  return chain;
}

const std::vector<function_index::function>& function_index::functions_of(Dwarf_Off unit) {
  const auto [entry, fresh] = units_.try_emplace(unit);
  Dwarf_Die die;
  if (fresh && dwarf_.unit_die(unit, die)) {
    Dwarf_Die split;
    Dwarf_Die head;
    const bool has_split =
        dwarf_cu_info(die.cu, nullptr, nullptr, &head, &split, nullptr, nullptr, nullptr) == 0 &&
        dwarf_tag(&split) == DW_TAG_compile_unit;
    collect(has_split ? split : die, 0, entry->second);
    std::sort(entry->second.begin(), entry->second.end(),
              [](const function& a, const function& b) { return a.low < b.low; });
  }
  return entry->second;
}

void function_index::collect(Dwarf_Die& parent, int depth, std::vector<function>& out) {
  Dwarf_Die child;
  bool more = depth < depth_limit && dwarf_child(&parent, &child) == 0;
  for (; more && budget_ > 0; more = dwarf_siblingof(&child, &child) == 0) {
    --budget_;
    const int tag = dwarf_tag(&child);
    if (tag == DW_TAG_namespace || tag == DW_TAG_module) {
      collect(child, depth + 1, out);
    } else if (tag == DW_TAG_subprogram && has_code(child)) {
      Dwarf_Addr base = 0;
      Dwarf_Addr low = 0;
      Dwarf_Addr high = 0;
      for (std::ptrdiff_t at = 0;
           (at = dwarf_ranges(&child, at, &base, &low, &high)) > 0 && high > low;) {
        out.push_back({low, high, child});
      }
    }
  }
}

void function_index::add_inlined(Dwarf_Die& parent, std::uint64_t address, int depth,
                                 scope_chain& chain) {
  Dwarf_Die child;
  bool more = depth < depth_limit && dwarf_child(&parent, &child) == 0;
  for (; more; more = dwarf_siblingof(&child, &child) == 0) {
    const int tag = dwarf_tag(&child);
    const bool is_inlined = tag == DW_TAG_inlined_subroutine;
    if ((!is_inlined && !is_block(tag)) ||
        (has_code(child) ? dwarf_haspc(&child, address) <= 0 : is_inlined)) {
      continue;
    }
    if (is_inlined) {
      chain.push_back(child);
    }
    const std::size_t before = chain.size();
    add_inlined(child, address, depth + 1, chain);
    // What has the address holds all else that has it; a block without code of its own may not.
    if (has_code(child) || chain.size() != before) {
      return;
    }
  }
}

}  // namespace track::symbols
