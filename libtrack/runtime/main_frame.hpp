// The frame through which the program's main is called. Floor 3, freestanding.
#pragma once

#include <cstdint>

namespace track::runtime {

// Where main returns to when it was called through our frame; the address is in no stack of the
// ledger, for the frame is not the program's.
std::uintptr_t main_return_address();

}  // namespace track::runtime
