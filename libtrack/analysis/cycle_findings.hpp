// A shape of cycles as a finding. Floor 5, internal to graph_findings.
//
// Separate control blocks are no members of their own: what people wrote are the objects. Pure.
#pragma once

#include <string>

#include "libtrack/analysis/heap_view.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

// Without counts of what hangs from it. `exe`: path of the process's program.
model::finding describe_cycle(const heap_view& view, const graph::cycle_shape& shape,
                              const std::string& exe);

// "cycle of 2 Session and 1 Peer, 3 times: 432 bytes in 9 blocks".
std::string cycle_title(const model::finding& finding);

}  // namespace track::analysis
