#include "libtrack/symbols/die_names.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <dwarf.h>

#include "libtrack/symbols/demangle.hpp"

namespace track::symbols {

namespace {

constexpr int depth_limit = 24;
constexpr std::size_t longest_name = 64 * 1024;

const char* linkage_name(Dwarf_Die& die) {
  for (const unsigned code : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    Dwarf_Attribute attribute;
    if (dwarf_attr_integrate(&die, code, &attribute) != nullptr) {
      return dwarf_formstring(&attribute);
    }
  }
  return nullptr;
}

bool follow(Dwarf_Die& die, unsigned code) {
  Dwarf_Attribute attribute;
  Dwarf_Die target;
  if (dwarf_attr(&die, code, &attribute) == nullptr ||
      dwarf_formref_die(&attribute, &target) == nullptr) {
    return false;
  }
  die = target;
  return true;
}

// The DIE that stands where the function was declared: its parents are its scopes.
Dwarf_Die declaration_of(Dwarf_Die die) {
  for (int i = 0; i < depth_limit; ++i) {
    if (!follow(die, DW_AT_abstract_origin) && !follow(die, DW_AT_specification)) {
      break;
    }
  }
  return die;
}

int language_of(Dwarf_Die& die) {
  Dwarf_Die unit;
  return dwarf_diecu(&die, &unit, nullptr, nullptr) == nullptr ? 0 : dwarf_srclang(&unit);
}

// Languages whose functions have scopes and overloads; of those not in dwarf.h the DWARF 6 number.
bool mangles_names(int language) {
  constexpr int cpp17 = 0x2a;
  constexpr int cpp20 = 0x2b;
  return language == DW_LANG_C_plus_plus || language == DW_LANG_C_plus_plus_03 ||
         language == DW_LANG_C_plus_plus_11 || language == DW_LANG_C_plus_plus_14 ||
         language == DW_LANG_ObjC_plus_plus || language == cpp17 || language == cpp20;
}

bool is_class(int tag) {
  return tag == DW_TAG_class_type || tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

bool is_flagged(Dwarf_Die& die, unsigned code) {
  Dwarf_Attribute attribute;
  bool flag = false;
  return dwarf_attr_integrate(&die, code, &attribute) != nullptr &&
         dwarf_formflag(&attribute, &flag) == 0 && flag;
}

// gcc and clang spell the integer types of DWARF one way, demanglers another.
std::string base_type_name(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> spellings = {
      {{"long unsigned int", "unsigned long"},
       {"short unsigned int", "unsigned short"},
       {"long long unsigned int", "unsigned long long"},
       {"long int", "long"},
       {"short int", "short"},
       {"long long int", "long long"},
       {"unsigned int", "unsigned int"}}};
  for (const auto& [dwarf, demangled] : spellings) {
    if (name == dwarf) {
      return std::string(demangled);
    }
  }
  return std::string(name);
}

// What `this` points to is const, so the function is.
bool is_const_method(Dwarf_Die self) {
  return follow(self, DW_AT_type) &&
         (dwarf_tag(&self) != DW_TAG_const_type || follow(self, DW_AT_type)) &&
         dwarf_tag(&self) == DW_TAG_pointer_type && follow(self, DW_AT_type) &&
         dwarf_tag(&self) == DW_TAG_const_type;
}

}  // namespace

bool die_names::has_mangled_name(Dwarf_Die& die) {
  const char* name = linkage_name(die);
  return name != nullptr && name[0] == '_' && (name[1] == 'Z' || name[1] == 'R');
}

Dwarf_Die die_names::declaration(Dwarf_Die die) {
  return declaration_of(die);
}

void die_names::forget() {
  functions_.clear();
  children_.clear();
}

const std::string& die_names::function(Dwarf_Die& die) {
  const Dwarf_Die declaration = declaration_of(die);
  const char* mangled = linkage_name(die);
  const auto [entry, fresh] =
      functions_.try_emplace(mangled != nullptr ? mangled : declaration.addr);
  if (fresh) {
    entry->second = mangled != nullptr ? demangle(mangled) : composed(declaration, 0);
  }
  return entry->second;
}

std::string die_names::composed(Dwarf_Die declaration, int depth) {
  const char* name = dwarf_diename(&declaration);
  if (name == nullptr || depth > depth_limit) {
    return {};
  }
  if (!mangles_names(language_of(declaration))) {
    return name;
  }
  const std::vector<Dwarf_Die> scopes = scopes_of(declaration);
  Dwarf_Die parent = scopes.empty() ? declaration : scopes.back();
  // External without a linkage name: extern "C", or main.
  if (!is_class(dwarf_tag(&parent)) && is_flagged(declaration, DW_AT_external)) {
    return name;
  }
  std::string text = scoped(declaration, depth + 1);
  text += parameters(declaration, depth + 1, true);
  return text.size() > longest_name ? std::string(name) : text;
}

// The name of a function or type with its scopes before it.
std::string die_names::scoped(Dwarf_Die& die, int depth) {
  std::string text;
  for (Dwarf_Die& scope : scopes_of(die)) {
    const int tag = dwarf_tag(&scope);
    const char* name = dwarf_diename(&scope);
    if (tag == DW_TAG_namespace) {
      text += name == nullptr ? "(anonymous namespace)" : name;
    } else if (is_class(tag) && name != nullptr && *name != '<') {
      Dwarf_Die declared = scope;
      const bool is_elsewhere =
          text.empty() && depth < depth_limit && follow(declared, DW_AT_specification);
      text += is_elsewhere ? scoped(declared, depth + 1) : name;
    } else if (is_class(tag) && dwarf_tag(&die) == DW_TAG_subprogram) {
      // A closure: its number is not in DWARF.
      text += "{lambda" + parameters(die, depth + 1, false) + "}";
    } else if (tag == DW_TAG_subprogram && depth < depth_limit) {
      const char* mangled = linkage_name(scope);
      text += mangled != nullptr ? demangle(mangled) : composed(declaration_of(scope), depth + 1);
    } else {
      continue;
    }
    text += "::";
  }
  const char* name = dwarf_diename(&die);
  return text + (name == nullptr ? "{unnamed}" : name);
}

std::string die_names::parameters(Dwarf_Die& function, int depth, bool with_const) {
  std::string text = "(";
  bool is_const = false;
  Dwarf_Die child;
  bool more = dwarf_child(&function, &child) == 0;
  for (; more; more = dwarf_siblingof(&child, &child) == 0) {
    const int tag = dwarf_tag(&child);
    const bool rest = tag == DW_TAG_unspecified_parameters;
    if (tag != DW_TAG_formal_parameter && !rest) {
      continue;
    }
    if (is_flagged(child, DW_AT_artificial)) {
      is_const = is_const || is_const_method(child);
      continue;
    }
    text += text.size() > 1 ? ", " : "";
    text += rest ? "..." : type_name(child, depth + 1);
    if (text.size() > longest_name) {
      break;
    }
  }
  return text + (is_const && with_const ? ") const" : ")");
}

// The name of the type that `holder` has; "void" when it has none.
std::string die_names::type_name(Dwarf_Die& holder, int depth) {
  Dwarf_Die type = holder;
  if (!follow(type, DW_AT_type)) {
    return "void";
  }
  return depth > depth_limit ? "…" : type_text(type, depth);
}

std::string die_names::type_text(Dwarf_Die& type, int depth) {
  const auto pointer_like = [&](const char* mark) {
    Dwarf_Die target = type;
    if (follow(target, DW_AT_type) && dwarf_tag(&target) == DW_TAG_subroutine_type) {
      return function_type(target, mark, depth + 1);
    }
    return type_name(type, depth + 1) + mark;
  };
  switch (dwarf_tag(&type)) {
    case DW_TAG_base_type:
    case DW_TAG_unspecified_type: {
      const char* name = dwarf_diename(&type);
      return name == nullptr ? "{unnamed}" : base_type_name(name);
    }
    case DW_TAG_typedef:
      return type_name(type, depth + 1);
    case DW_TAG_const_type:
      return type_name(type, depth + 1) + " const";
    case DW_TAG_volatile_type:
      return type_name(type, depth + 1) + " volatile";
    case DW_TAG_restrict_type:
      return type_name(type, depth + 1) + " restrict";
    case DW_TAG_pointer_type:
    case DW_TAG_array_type:
      return pointer_like("*");
    case DW_TAG_reference_type:
      return pointer_like("&");
    case DW_TAG_rvalue_reference_type:
      return pointer_like("&&");
    case DW_TAG_subroutine_type:
      return function_type(type, "*", depth + 1);
    default: {
      // Units refer to a type in another unit by a nameless declaration.
      Dwarf_Die whole = type;
      if (dwarf_diename(&whole) == nullptr) {
        follow(whole, DW_AT_signature);
      }
      Dwarf_Die declared = declaration_of(whole);
      return scoped(declared, depth + 1);
    }
  }
}

std::string die_names::function_type(Dwarf_Die& type, const std::string& inner, int depth) {
  return type_name(type, depth + 1) + " (" + inner + ")" + parameters(type, depth + 1, true);
}

// The DIEs around `die`, outermost first, without the unit. DIEs have no link to their parents; but
// offsets grow, so that at each level one child only can hold the one that is looked for.
std::vector<Dwarf_Die> die_names::scopes_of(Dwarf_Die& die) {
  std::vector<Dwarf_Die> scopes;
  Dwarf_Die parent;
  if (dwarf_diecu(&die, &parent, nullptr, nullptr) == nullptr) {
    return scopes;
  }
  Dwarf* dwarf = dwarf_cu_getdwarf(die.cu);
  const Dwarf_Off target = dwarf_dieoffset(&die);
  for (int i = 0; i < depth_limit; ++i) {
    const children& below = children_of(parent);
    auto next =
        std::upper_bound(below.begin(), below.end(), target,
                         [](Dwarf_Off offset, const auto& child) { return offset < child.first; });
    if (next == below.begin()) {
      return {};
    }
    --next;
    if (next->first == target) {
      return scopes;
    }
    if (dwarf_die_addr_die(dwarf, next->second, &parent) == nullptr) {
      return {};
    }
    scopes.push_back(parent);
  }
  return {};
}

const die_names::children& die_names::children_of(Dwarf_Die& parent) {
  const auto [entry, fresh] = children_.try_emplace(parent.addr);
  if (fresh) {
    Dwarf_Die child;
    bool more = dwarf_child(&parent, &child) == 0;
    for (; more; more = dwarf_siblingof(&child, &child) == 0) {
      entry->second.emplace_back(dwarf_dieoffset(&child), child.addr);
    }
  }
  return entry->second;
}

}  // namespace track::symbols
