// The inputs that a fuzz target's driver starts from: built, never committed as binaries.
#pragma once

#include <cstdint>
#include <vector>

namespace track::fuzz {

// Defined once a target, beside it.
std::vector<std::vector<std::uint8_t>> seeds();

}  // namespace track::fuzz
