// Runs a function in a copy of this process and hands back what it says. Floor 3.
//
// Names are found in debug information that is read into memory and kept. Where stills are taken
// that memory would be searched for pointers at each of them, would take its time and hide leaks;
// in a copy it is gone with the copy. The copy is nobody's child but ours, is not recorded, and
// runs the calling thread alone: a lock that another thread holds is held there for ever, so that
// patience is limited.
#pragma once

#include <optional>
#include <string>

namespace track::detail {

// Nothing: there is no copy to be had, it died, or it did not end within ten seconds. `say` must
// not throw. errors: bad_alloc.
std::optional<std::string> said_in_a_copy(std::string (*say)(const void* of), const void* of);

}  // namespace track::detail
