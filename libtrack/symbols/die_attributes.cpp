#include "libtrack/symbols/die_attributes.hpp"

#include <cstdlib>
#include <string_view>

#include <dwarf.h>

namespace track::symbols {

std::optional<Dwarf_Die> followed(Dwarf_Die die, unsigned code) {
  Dwarf_Attribute attribute;
  Dwarf_Die target;
  if (dwarf_attr(&die, code, &attribute) == nullptr ||
      dwarf_formref_die(&attribute, &target) == nullptr) {
    return std::nullopt;
  }
  return target;
}

std::optional<std::uint64_t> number(Dwarf_Die& die, unsigned code) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  if (dwarf_attr(&die, code, &attribute) == nullptr || dwarf_formudata(&attribute, &value) != 0) {
    return std::nullopt;
  }
  return value;
}

bool is_flagged(Dwarf_Die& die, unsigned code) {
  Dwarf_Attribute attribute;
  bool flag = false;
  return dwarf_attr(&die, code, &attribute) != nullptr && dwarf_formflag(&attribute, &flag) == 0 &&
         flag;
}

bool is_class_tag(int tag) {
  return tag == DW_TAG_class_type || tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

bool is_declaration(Dwarf_Die& die) {
  Dwarf_Attribute attribute;
  bool flag = false;
  return dwarf_attr(&die, DW_AT_declaration, &attribute) != nullptr &&
         dwarf_formflag(&attribute, &flag) == 0 && flag;
}

bool is_pointer_tag(int tag) {
  return tag == DW_TAG_pointer_type || tag == DW_TAG_reference_type ||
         tag == DW_TAG_rvalue_reference_type;
}

// gcc's closures have no name, but a call operator; their members are "__captured".
bool is_closure(Dwarf_Die& type) {
  Dwarf_Die child;
  bool more = dwarf_diename(&type) == nullptr && dwarf_child(&type, &child) == 0;
  for (; more; more = dwarf_siblingof(&child, &child) == 0) {
    const char* name = dwarf_tag(&child) == DW_TAG_subprogram ? dwarf_diename(&child) : nullptr;
    if (name != nullptr && std::string_view(name) == "operator()") {
      return true;
    }
  }
  return false;
}

namespace {

void count_closures(Dwarf_Die scope, const Dwarf_Die& wanted, int depth, std::size_t& before,
                    std::size_t& all) {
  constexpr int most_depth = 16;
  Dwarf_Die child;
  bool more = depth < most_depth && dwarf_child(&scope, &child) == 0;
  for (; more; more = dwarf_siblingof(&child, &child) == 0) {
    if (dwarf_tag(&child) == DW_TAG_lexical_block) {
      count_closures(child, wanted, depth + 1, before, all);
    } else if (is_class_tag(dwarf_tag(&child)) && is_closure(child)) {
      before += child.addr < wanted.addr ? 1 : 0;
      ++all;
    }
  }
}

}  // namespace

std::size_t closure_number(Dwarf_Die closure) {
  Dwarf_Die* scopes = nullptr;
  const int depth = dwarf_getscopes_die(&closure, &scopes);
  std::size_t before = 0;
  std::size_t all = 0;
  for (int i = 1; i < depth; ++i) {
    if (dwarf_tag(&scopes[i]) == DW_TAG_subprogram) {
      count_closures(scopes[i], closure, 0, before, all);
    }
    if (dwarf_tag(&scopes[i]) != DW_TAG_lexical_block) {
      break;
    }
  }
  std::free(scopes);
  return all > 1 ? before + 1 : 0;
}

std::vector<std::uint64_t> dimensions(Dwarf_Die& array) {
  std::vector<std::uint64_t> lengths;
  Dwarf_Die child;
  bool more = dwarf_child(&array, &child) == 0;
  for (; more && lengths.size() < 16; more = dwarf_siblingof(&child, &child) == 0) {
    if (dwarf_tag(&child) == DW_TAG_subrange_type) {
      const auto count = number(child, DW_AT_count);
      const auto last = number(child, DW_AT_upper_bound);
      lengths.push_back(count ? *count : last ? *last + 1 : 0);
    }
  }
  return lengths;
}

}  // namespace track::symbols
