// The answer of `track why`: by which ways things are held. Floor 3.
//
// Plain values, made by libtrack/analysis.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libtrack/model/heap.hpp"

namespace track::model {

// Blocks that are held alike: through the same fields of the same types.
struct holding {
  block_sum held;
  std::string block_class;  // reachable, possibly_lost, lost
  track::model::path path;  // to one of them; of lost ones from what nothing points to
};

struct explanation {
  std::string tool_version;
  std::string what;
  track::model::still still;
  block_sum found;
  std::vector<holding> ways;  // what most are held by first
  std::uint64_t ways_left_out = 0;
  std::uint64_t unexamined = 0;  // blocks beyond those whose ways were looked for
};

}  // namespace track::model
