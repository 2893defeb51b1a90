#include "libtrack/symbols/scope_walk.hpp"

#include <algorithm>

#include <dwarf.h>

namespace track::symbols {

namespace {

constexpr int depth_limit = 256;

class walker {
 public:
  walker(std::span<const std::uint64_t> addresses, std::uint64_t& budget)
      : addresses_(addresses), budget_(budget), chains_(addresses.size()) {}

  std::vector<scope_chain> walk(Dwarf_Die& unit) {
    walk_functions(unit, 0);
    // Rare: a function nested in another (OpenMP bodies, GNU C, Fortran) or in a class.
    thorough_ = true;
    if (missing() > 0) {
      walk_functions(unit, 0);
    }
    return std::move(chains_);
  }

 private:
  std::size_t missing() const { return chains_.size() - found_; }

  template <typename Visit>
  void for_children(Dwarf_Die& parent, Visit visit) {
    Dwarf_Die child;
    if (dwarf_child(&parent, &child) != 0) {
      return;
    }
    do {
      if (budget_ == 0) {
        return;
      }
      --budget_;
      visit(child);
    } while (dwarf_siblingof(&child, &child) == 0);
  }

  void walk_functions(Dwarf_Die& parent, int depth) {
    if (depth > depth_limit) {
      return;
    }
    for_children(parent, [&](Dwarf_Die& child) {
      if (missing() == 0) {
        return;
      }
      const int tag = dwarf_tag(&child);
      if (tag == DW_TAG_subprogram) {
        take_function(child, depth);
      }
      const bool scope = tag == DW_TAG_namespace || tag == DW_TAG_module;
      if (scope || (thorough_ && may_hold_functions(tag))) {
        walk_functions(child, depth + 1);
      }
    });
  }

  static bool may_hold_functions(int tag) {
    return tag == DW_TAG_subprogram || tag == DW_TAG_class_type || tag == DW_TAG_structure_type ||
           tag == DW_TAG_union_type || tag == DW_TAG_interface_type ||
           tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine;
  }

  static bool has_code(Dwarf_Die& die) {
    return dwarf_hasattr(&die, DW_AT_low_pc) != 0 || dwarf_hasattr(&die, DW_AT_ranges) != 0;
  }

  // Calls `take(index)` for each of our addresses inside of the DIE's ranges.
  template <typename Take>
  void for_covered(Dwarf_Die& die, Take take) const {
    Dwarf_Addr base = 0;
    Dwarf_Addr low = 0;
    Dwarf_Addr high = 0;
    for (std::ptrdiff_t at = 0; (at = dwarf_ranges(&die, at, &base, &low, &high)) > 0;) {
      auto it = std::lower_bound(addresses_.begin(), addresses_.end(), low);
      for (; it != addresses_.end() && *it < high; ++it) {
        take(static_cast<std::size_t>(it - addresses_.begin()));
      }
    }
  }

  void take_function(Dwarf_Die& function, int depth) {
    if (!has_code(function)) {
      return;
    }
    std::vector<std::size_t> covered;
    for_covered(function, [&](std::size_t i) {
      if (chains_[i].empty()) {
        chains_[i].push_back(function);
        covered.push_back(i);
        ++found_;
      }
    });
    if (!covered.empty()) {
      walk_blocks(function, covered, depth + 1);
    }
  }

  // Adds the inlined functions below `parent` to the chains of `covered`, addresses inside of it.
  void walk_blocks(Dwarf_Die& parent, const std::vector<std::size_t>& covered, int depth) {
    if (depth > depth_limit) {
      return;
    }
    for_children(parent, [&](Dwarf_Die& child) {
      const int tag = dwarf_tag(&child);
      const bool inlined = tag == DW_TAG_inlined_subroutine;
      if (!inlined && tag != DW_TAG_lexical_block && tag != DW_TAG_try_block &&
          tag != DW_TAG_catch_block && tag != DW_TAG_with_stmt) {
        return;
      }
      if (!has_code(child)) {
        if (!inlined) {
          walk_blocks(child, covered, depth + 1);
        }
        return;
      }
      std::vector<std::size_t> inside;
      for_covered(child, [&](std::size_t i) {
        // `covered` is not sorted when ranges come unsorted; it is short.
        const bool ours = std::find(covered.begin(), covered.end(), i) != covered.end();
        if (ours && std::find(inside.begin(), inside.end(), i) == inside.end()) {
          inside.push_back(i);
          if (inlined) {
            chains_[i].push_back(child);
          }
        }
      });
      if (!inside.empty()) {
        walk_blocks(child, inside, depth + 1);
      }
    });
  }

  std::span<const std::uint64_t> addresses_;
  std::uint64_t& budget_;
  std::vector<scope_chain> chains_;
  std::size_t found_ = 0;
  bool thorough_ = false;
};

}  // namespace

std::vector<scope_chain> find_scopes(Dwarf_Die unit, std::span<const std::uint64_t> addresses,
                                     std::uint64_t& budget) {
  return walker(addresses, budget).walk(unit);
}

}  // namespace track::symbols
