// Small random graphs with everything in them, for comparison with naive references.
#pragma once

#include <cstdint>
#include <random>

#include "libtrack/capture/heap_graph.hpp"

namespace track::test {

// Up to 14 blocks: sparse or dense, interior pointers with and without heuristics, inherited
// blocks, several roots.
capture::heap_graph random_graph(std::mt19937_64& random);

}  // namespace track::test
