// The type of `new T` and of C's malloc, by what the code does with the pointer next. Floor 4,
// inside of symbols.
//
// Evidence, and it must fit the size: it is the object of a constructor, the value of a variable or
// parameter, what the function returns. All is read from debug information; without it nothing is
// said. One thread, that of the type_module.
#pragma once

#include <cstdint>
#include <optional>

#include <elfutils/libdw.h>

#include "libtrack/symbols/type_module.hpp"

namespace track::symbols {

// `return_address` of the call that allocated `size_bytes`, in the code of `owner`; `functions` are
// those at it, outermost first. cost: the code up to the function's end, at most 1 KiB.
std::optional<Dwarf_Die> created_type(type_module& owner, std::uint64_t return_address,
                                      const scope_chain& functions, std::uint64_t size_bytes);

}  // namespace track::symbols
