// Telling the ledger which modules there are. Floor 3, freestanding.
#pragma once

#include "libtrack/unwind/unwind.hpp"

namespace track::runtime {

// The unwinder's namer: a module's number in the ledger, with its path and build-id as mapped.
std::uint16_t name_module(const unwind::module_view& view);

// Marks modules that are not mapped any more. Called after dlclose.
void note_unloaded_modules();

}  // namespace track::runtime
