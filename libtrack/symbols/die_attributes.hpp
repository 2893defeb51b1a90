// Small questions about one DIE of a type. Floor 4, inside of symbols; any thread that owns the
// DIE.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <elfutils/libdw.h>

namespace track::symbols {

// The DIE that an attribute refers to.
std::optional<Dwarf_Die> followed(Dwarf_Die die, unsigned code);

// An attribute that is a number; nothing for expressions.
std::optional<std::uint64_t> number(Dwarf_Die& die, unsigned code);
bool is_flagged(Dwarf_Die& die, unsigned code);

bool is_class_tag(int tag);
bool is_pointer_tag(int tag);
bool is_declaration(Dwarf_Die& die);

// True for the class of a lambda.
bool is_closure(Dwarf_Die& type);

// The place of a lambda among those of its function, from 1, as they stand in the debug
// information; 0: it is the only one, or its function is not known. cost: reads the function's
// blocks.
std::size_t closure_number(Dwarf_Die closure);

// The lengths of an array's dimensions; 0 for one that is not known.
std::vector<std::uint64_t> dimensions(Dwarf_Die& array);

}  // namespace track::symbols
