// Which function, and which functions inlined into it, an address lies in. Floor 4, inside of
// symbols.
//
// One walk over the DIE tree of a unit serves all its addresses. Bounded: a forged tree that would
// be walked for ever uses up the budget and leaves addresses without a function. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <elfutils/libdw.h>

namespace track::symbols {

// A function's DIE, then the inlined functions around the address, outermost first.
using scope_chain = std::vector<Dwarf_Die>;

// shape: a chain an address, empty where none was found. `addresses` are sorted. `budget` counts
// DIEs that may still be visited, over many calls.
// cost: stops when all addresses are found; classes and function bodies are entered only when an
// address is in them, or was not found outside of them.
std::vector<scope_chain> find_scopes(Dwarf_Die unit, std::span<const std::uint64_t> addresses,
                                     std::uint64_t& budget);

}  // namespace track::symbols
