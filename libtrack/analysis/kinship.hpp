// Which blocks of a heap look alike: nodes of one container are of one kin. Floor 5.
//
// By type where it is known, else by the two innermost calls that are no part of a library: one is
// often a program's own malloc. cost: 4 bytes a block, a look at each site.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/analysis/heap_view.hpp"

namespace track::analysis {

// By block: equal numbers for kin; 0: like nothing else.
std::vector<std::uint32_t> find_kin(const heap_view& view);

}  // namespace track::analysis
