#include "libtrack/symbols/name_index.hpp"

#include <algorithm>

#include <dwarf.h>

#include "libtrack/symbols/die_attributes.hpp"
#include "libtrack/symbols/type_text.hpp"

namespace track::symbols {

namespace {

constexpr int depth_limit = 32;
constexpr std::size_t most_candidates = 8;
constexpr std::size_t longest_chain = 20'000;
constexpr std::uint64_t most_local_visits = 60'000'000;

std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  }
  return hash;
}

// "map" of "map<int, Foo>"; of lambdas and other bracketed names one for all.
std::string_view base_of(std::string_view name) {
  if (name.empty() || name.front() == '<' || name.front() == '{' || name.front() == '(') {
    return "{lambda";
  }
  return name.substr(0, name.find('<'));
}

bool has_children(Dwarf_Die& die) {
  return dwarf_haschildren(&die) > 0;
}

Dwarf_Die made_again(void* address, Dwarf_CU* unit) {
  Dwarf_Die die = {};
  die.addr = address;
  die.cu = unit;
  return die;
}

bool is_number(std::string_view text) {
  return !text.empty() && (text.front() == '-' || (text.front() >= '0' && text.front() <= '9'));
}

// The value of the n-th template parameter; nothing for a type.
std::optional<std::int64_t> value_parameter(Dwarf_Die die, std::size_t index) {
  Dwarf_Die child;
  for (bool more = dwarf_child(&die, &child) == 0; more;
       more = dwarf_siblingof(&child, &child) == 0) {
    const int tag = dwarf_tag(&child);
    if (tag != DW_TAG_template_type_parameter && tag != DW_TAG_template_value_parameter) {
      continue;
    }
    if (index-- == 0) {
      Dwarf_Attribute attribute;
      Dwarf_Sword value = 0;
      const bool has_value = tag == DW_TAG_template_value_parameter &&
                             dwarf_attr(&child, DW_AT_const_value, &attribute) != nullptr &&
                             dwarf_formsdata(&attribute, &value) == 0;
      return has_value ? std::optional<std::int64_t>(value) : std::nullopt;
    }
  }
  return std::nullopt;
}

// True when the DIE, of the canonical name `own`, is what is looked for. clang names enumerators
// among the arguments where demanglers have their numbers.
bool is_named(Dwarf_Die& die, std::string_view own, std::string_view wanted) {
  if (own == wanted) {
    return true;
  }
  const type_parts mine = parts_of(own);
  const type_parts asked = parts_of(wanted);
  if (mine.scope != asked.scope || mine.base != asked.base ||
      mine.arguments.size() != asked.arguments.size()) {
    return false;
  }
  for (std::size_t i = 0; i < mine.arguments.size(); ++i) {
    if (mine.arguments[i] == asked.arguments[i]) {
      continue;
    }
    const auto value = is_number(asked.arguments[i]) ? value_parameter(die, i) : std::nullopt;
    if (!value || std::to_string(*value) != asked.arguments[i]) {
      return false;
    }
  }
  return true;
}

// A class in a namespace of internal linkage may have a namesake in every unit.
bool may_have_namesakes(std::string_view canonical) {
  return canonical.find("(anonymous namespace)") != std::string_view::npos ||
         canonical.find("{lambda") != std::string_view::npos;
}

}  // namespace

std::optional<variable_place> place_of_variable(Dwarf_Die& variable) {
  Dwarf_Attribute attribute;
  Dwarf_Op* ops = nullptr;
  std::size_t count = 0;
  if (dwarf_attr(&variable, DW_AT_location, &attribute) == nullptr ||
      dwarf_getlocation(&attribute, &ops, &count) != 0 || count == 0) {
    return std::nullopt;
  }
  variable_place place;
  place.address = ops[0].number;
  const auto atom = ops[0].atom;
  if (atom == DW_OP_addrx || atom == DW_OP_constx || atom == DW_OP_GNU_addr_index ||
      atom == DW_OP_GNU_const_index) {
    Dwarf_Attribute indirect;
    if (dwarf_getlocation_attr(&attribute, &ops[0], &indirect) != 0 ||
        (dwarf_formaddr(&indirect, &place.address) != 0 &&
         dwarf_formudata(&indirect, &place.address) != 0)) {
      return std::nullopt;
    }
  } else if (atom != DW_OP_addr && atom != DW_OP_const8u && atom != DW_OP_const4u) {
    return std::nullopt;
  }
  place.is_tls = count > 1 && (ops[1].atom == DW_OP_GNU_push_tls_address ||
                               ops[1].atom == DW_OP_form_tls_address);
  const bool is_fixed = atom == DW_OP_addr || atom == DW_OP_addrx || atom == DW_OP_GNU_addr_index;
  return place.is_tls || (is_fixed && count == 1) ? std::optional(place) : std::nullopt;
}

name_index::name_index(debug_info& dwarf)
    : handles_(dwarf.handles()),
      budget_(dwarf.die_limit()),
      local_budget_(std::min(dwarf.die_limit(), most_local_visits)),
      entries_(1),
      scopes_(1) {
  deep_.enters_functions = true;
  scope_ids_.emplace("", 0);
}

std::vector<Dwarf_Die> name_index::types(std::string_view canonical, bool is_local) {
  const auto known = known_types_.find(std::string(canonical));
  if (known != known_types_.end()) {
    return known->second;
  }
  const bool wants_all = is_local || may_have_namesakes(canonical);
  std::vector<Dwarf_Die> found;
  std::uint32_t seen = 0;
  cursor& at = is_local ? deep_ : shallow_;
  for (bool more = true; more && found.size() < most_candidates;) {
    collect_types(canonical, seen, found);
    more = (found.empty() || wants_all) && read_unit(at);
  }
  collect_types(canonical, seen, found);
  if (found.empty() && !parts_of(canonical).scope.empty()) {
    found = nested_types(canonical, is_local);
  }
  known_types_.emplace(canonical, found);
  return found;
}

// Looks in the class that the name has as its scope.
std::vector<Dwarf_Die> name_index::nested_types(std::string_view canonical, bool is_local) {
  const std::string scope(parts_of(canonical).scope);
  std::vector<Dwarf_Die> found;
  for (Dwarf_Die& outer : types(scope, is_local)) {
    collect_nested(outer, canonical, scope, found);
  }
  return found;
}

void name_index::collect_nested(Dwarf_Die& outer, std::string_view canonical,
                                std::string_view scope, std::vector<Dwarf_Die>& out) {
  Dwarf_Die child;
  bool more = dwarf_child(&outer, &child) == 0;
  for (; more && out.size() < most_candidates && budget_ > 0;
       more = dwarf_siblingof(&child, &child) == 0) {
    --budget_;
    const char* name = is_class_tag(dwarf_tag(&child)) ? dwarf_diename(&child) : nullptr;
    if (name != nullptr && !is_declaration(child) &&
        canonical_type(std::string(scope) + "::" + name) == canonical) {
      out.push_back(child);
    }
  }
}

void name_index::collect_types(std::string_view canonical, std::uint32_t& from,
                               std::vector<Dwarf_Die>& out) {
  const type_parts parts = parts_of(canonical);
  const std::uint32_t newest = first_of(hash_of(base_of(parts.base)));
  std::size_t steps = 0;
  for (std::uint32_t i = newest; i > from && out.size() < most_candidates; i = entries_[i].next) {
    if (entries_[i].is_variable || ++steps > longest_chain ||
        scopes_[entries_[i].scope] != parts.scope) {
      continue;
    }
    Dwarf_Die die = made_again(entries_[i].die, entries_[i].unit);
    const char* name = dwarf_diename(&die);
    const std::string& scope = scopes_[entries_[i].scope];
    if (name != nullptr && !is_declaration(die) &&
        is_named(die, canonical_type(scope.empty() ? name : scope + "::" + name), canonical)) {
      out.push_back(die);
    }
  }
  from = std::max(from, newest);
}

std::optional<Dwarf_Die> name_index::variable(std::string_view base, std::uint64_t address,
                                              bool is_tls, bool is_local) {
  const std::uint32_t hash = hash_of(base);
  cursor& at = is_local ? deep_ : shallow_;
  for (bool more = true; more;) {
    if (auto found = find_variable(hash, address, is_tls)) {
      return found;
    }
    more = read_unit(at);
  }
  return find_variable(hash, address, is_tls);
}

std::optional<Dwarf_Die> name_index::find_variable(std::uint32_t hash, std::uint64_t address,
                                                   bool is_tls) {
  std::size_t steps = 0;
  for (std::uint32_t i = first_of(hash); i != 0; i = entries_[i].next) {
    if (!entries_[i].is_variable || ++steps > longest_chain) {
      continue;
    }
    Dwarf_Die die = made_again(entries_[i].die, entries_[i].unit);
    const auto place = place_of_variable(die);
    if (place && place->address == address && place->is_tls == is_tls) {
      return die;
    }
  }
  return std::nullopt;
}

std::uint32_t name_index::first_of(std::uint32_t hash) const {
  const auto found = heads_.find(hash);
  return found == heads_.end() ? 0 : found->second;
}

// False when there is no further unit.
bool name_index::read_unit(cursor& at) {
  while (!at.is_at_end) {
    Dwarf_Die head;
    Dwarf_Die split;
    std::uint8_t kind = 0;
    if (at.handle >= handles_.size() || (at.enters_functions ? local_budget_ : budget_) == 0) {
      at.is_at_end = true;
    } else if (dwarf_get_units(handles_[at.handle], at.unit, &at.unit, nullptr, &kind, &head,
                               &split) != 0) {
      ++at.handle;
      at.unit = nullptr;
    } else {
      const bool is_split = kind == DW_UT_skeleton && dwarf_tag(&split) == DW_TAG_compile_unit;
      read_children(is_split ? split : head, 0, 0, at.enters_functions);
      return true;
    }
  }
  return false;
}

void name_index::read_children(Dwarf_Die& parent, std::uint32_t scope, int depth,
                               bool enters_functions) {
  Dwarf_Die child;
  if (depth > depth_limit || dwarf_child(&parent, &child) != 0) {
    return;
  }
  std::uint64_t& budget = enters_functions ? local_budget_ : budget_;
  do {
    if (budget == 0) {
      return;
    }
    --budget;
    const int tag = dwarf_tag(&child);
    if (tag == DW_TAG_namespace) {
      const char* name = dwarf_diename(&child);
      read_children(child, scope_below(scope, name == nullptr ? "(anonymous namespace)" : name),
                    depth + 1, enters_functions);
    } else if (enters_functions && tag == DW_TAG_subprogram) {
      read_function(child, depth + 1);
    } else if (!enters_functions && is_class_tag(tag) &&
               (has_children(child) || !is_declaration(child))) {
      add(child, scope, false);
    } else if (!enters_functions && tag == DW_TAG_variable) {
      add(child, scope, true);
    }
  } while (dwarf_siblingof(&child, &child) == 0);
}

// Local classes and static variables; their names have no scope here.
void name_index::read_function(Dwarf_Die& function, int depth) {
  Dwarf_Die child;
  if (depth > depth_limit || dwarf_child(&function, &child) != 0) {
    return;
  }
  do {
    if (local_budget_ == 0) {
      return;
    }
    --local_budget_;
    const int tag = dwarf_tag(&child);
    if (is_class_tag(tag)) {
      add(child, 0, false);
    } else if (tag == DW_TAG_variable) {
      add(child, 0, true);
    } else if (tag == DW_TAG_lexical_block || tag == DW_TAG_subprogram ||
               tag == DW_TAG_inlined_subroutine) {
      read_function(child, depth + 1);
    }
  } while (dwarf_siblingof(&child, &child) == 0);
}

void name_index::add(Dwarf_Die& die, std::uint32_t scope, bool is_variable) {
  if (is_variable && dwarf_hasattr(&die, DW_AT_location) == 0) {
    return;
  }
  const char* name = dwarf_diename(&die);
  if (name == nullptr || entries_.size() >= UINT32_MAX) {
    return;
  }
  const auto place = static_cast<std::uint32_t>(entries_.size());
  std::uint32_t& head = heads_[hash_of(base_of(name))];
  entries_.push_back({die.addr, die.cu, is_variable ? scope : scope_of_declaration(die, scope),
                      head, is_variable});
  head = place;
}

std::uint32_t name_index::scope_below(std::uint32_t scope, const char* name) {
  const std::string& outer = scopes_[scope];
  // As canonical_type has it: without the inline namespaces of the standard libraries.
  std::string full = canonical_type((outer.empty() ? "" : outer + "::") + name + "::x");
  full.resize(full.size() >= 3 ? full.size() - 3 : 0);
  return scope_number(std::move(full));
}

// A definition may stand apart from its declaration, which has the scope: in type units, and for
// classes declared in others.
std::uint32_t name_index::scope_of_declaration(Dwarf_Die& die, std::uint32_t scope) {
  Dwarf_Attribute attribute;
  Dwarf_Die declaration;
  if (dwarf_attr(&die, DW_AT_specification, &attribute) == nullptr ||
      dwarf_formref_die(&attribute, &declaration) == nullptr) {
    return scope;
  }
  return scope_number(std::string(parts_of(canonical_type(names_.type(declaration))).scope));
}

std::uint32_t name_index::scope_number(std::string full) {
  const auto [found, fresh] =
      scope_ids_.try_emplace(full, static_cast<std::uint32_t>(scopes_.size()));
  if (fresh) {
    scopes_.push_back(full);
  }
  return found->second;
}

}  // namespace track::symbols
