// Where in the DWARF of a module a type or variable of a given name is. Floor 4, inside of symbols.
//
// Grows while it is asked: units are read in order until the answer is found, each once, and only
// the names of namespace scope; types inside of classes are looked for in their class, those inside
// of functions by a second reading that enters functions. Broken DWARF ends a unit early. DIEs live
// as long as the debug_info, which must not be reopened. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <elfutils/libdw.h>

#include "libtrack/symbols/debug_info.hpp"
#include "libtrack/symbols/die_names.hpp"

namespace track::symbols {

class name_index {
 public:
  explicit name_index(debug_info& dwarf);

  // Classes, structs and unions of this canonical name that are complete: one where the language
  // says that there is one, else (internal linkage, local types) all, at most a few.
  // cost: reads units until one is found; the rest is kept for the next question.
  std::vector<Dwarf_Die> types(std::string_view canonical, bool is_local);

  // The variable whose unqualified name is `base`, at `address` (of thread-locals: the offset in
  // the module's thread-local storage). cost: as above.
  std::optional<Dwarf_Die> variable(std::string_view base, std::uint64_t address, bool is_tls,
                                    bool is_local);

  std::size_t size_bytes() const { return entries_.size() * sizeof(entry); }

 private:
  struct entry {
    void* die;
    Dwarf_CU* unit;
    std::uint32_t scope;  // into scopes_
    std::uint32_t next;   // of the same hash; 0: none
    bool is_variable;
  };
  struct cursor {
    std::size_t handle = 0;  // into handles_
    Dwarf_CU* unit = nullptr;
    bool is_at_end = false;
    bool enters_functions = false;
  };

  bool read_unit(cursor& at);
  void read_children(Dwarf_Die& parent, std::uint32_t scope, int depth, bool enters_functions);
  void read_function(Dwarf_Die& function, int depth);
  void add(Dwarf_Die& die, std::uint32_t scope, bool is_variable);
  std::uint32_t scope_of_declaration(Dwarf_Die& die, std::uint32_t scope);
  std::uint32_t scope_below(std::uint32_t scope, const char* name);
  std::uint32_t scope_number(std::string full);
  void collect_types(std::string_view canonical, std::uint32_t& from, std::vector<Dwarf_Die>& out);
  void collect_nested(Dwarf_Die& outer, std::string_view canonical, std::string_view scope,
                      std::vector<Dwarf_Die>& out);
  std::vector<Dwarf_Die> nested_types(std::string_view canonical, bool is_local);
  std::optional<Dwarf_Die> find_variable(std::uint32_t hash, std::uint64_t address, bool is_tls);
  std::uint32_t first_of(std::uint32_t hash) const;

  std::vector<Dwarf*> handles_;
  die_names names_;
  std::uint64_t budget_;        // DIEs that may still be visited
  std::uint64_t local_budget_;  // the same inside of functions
  cursor shallow_;
  cursor deep_;
  std::vector<entry> entries_;
  std::unordered_map<std::uint32_t, std::uint32_t> heads_;  // hash of the base name → entry
  std::vector<std::string> scopes_;                         // "ns::outer"
  std::unordered_map<std::string, std::uint32_t> scope_ids_;
  std::unordered_map<std::string, std::vector<Dwarf_Die>> known_types_;
};

// Where a variable is; nothing for one that has no fixed place.
struct variable_place {
  std::uint64_t address = 0;
  bool is_tls = false;
};
std::optional<variable_place> place_of_variable(Dwarf_Die& variable);

}  // namespace track::symbols
