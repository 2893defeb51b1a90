// The names of functions in DWARF. Floor 4, inside of symbols.
//
// A DIE with a linkage name has it demangled. Compilers leave it out where it says nothing to the
// linker (static functions, anonymous namespaces, local classes) or where one source function has
// several (constructors): there the name is put together from scopes and parameter types, spelled
// as the demangler would. Caches by DIE; forget() when the libdw handle or the unit changes.
#pragma once

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <elfutils/libdw.h>

namespace track::symbols {

class die_names {
 public:
  // `die`: a subprogram or an inlined subroutine. "" when it has no name.
  // cost: a hash lookup, or a walk down to the DIE past its scopes' children the first time.
  const std::string& function(Dwarf_Die& die);

  // The name of a type's DIE, as the demangler would spell it.
  std::string type(Dwarf_Die& die) { return type_text(die, 0); }

  // The DIEs around `die`, outermost first, without its unit. cost: as of function().
  std::vector<Dwarf_Die> scopes(Dwarf_Die& die) { return scopes_of(die); }

  // The DIE of the declaration of a function: its scopes are those in the source.
  static Dwarf_Die declaration(Dwarf_Die die);

  // True when function() is exact; false when the ELF symbol at its start would be better.
  static bool has_mangled_name(Dwarf_Die& die);

  void forget();

 private:
  // Offset of a child and its DIE's address, which makes the DIE again.
  using children = std::vector<std::pair<Dwarf_Off, void*>>;

  std::string composed(Dwarf_Die declaration, int depth);
  std::string scoped(Dwarf_Die& die, int depth);
  std::string parameters(Dwarf_Die& function, int depth, bool with_const);
  std::string type_name(Dwarf_Die& holder, int depth);
  std::string type_text(Dwarf_Die& type, int depth);
  std::string function_type(Dwarf_Die& type, const std::string& inner, int depth);
  std::vector<Dwarf_Die> scopes_of(Dwarf_Die& die);
  const children& children_of(Dwarf_Die& parent);

  std::unordered_map<const void*, std::string> functions_;  // by linkage name or declaration
  std::unordered_map<const void*, children> children_;      // by parent
};

}  // namespace track::symbols
