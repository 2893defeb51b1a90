// Findings summed up by what they have in common, for `--by`. Floor 5.
//
// Sums what is plain blocks or objects: lost, possibly_lost, survivor, each kind by itself; proven,
// suppressed, the runtimes' and tracked objects apart. Cycles and mismatches are what they are one
// by one: they only get the group's name. A sum has the fingerprint, the stack and the path of its
// largest finding, the stacks of the next ones as `member`; what differs within it is unknown.
// Pure. cost: sorting, and a key a finding.
#pragma once

#include "libtrack/model/report.hpp"

namespace track::analysis {

enum class group_by { nothing, site, type, module, label, tag, test };

// Gives every finding its group, and leaves one finding a group.
void group_findings(model::report& report, group_by by);

// Of a comparison: one finding for each fingerprint, kind and state, which is what was compared.
// What tells them apart otherwise, lines and outer callers, would list the leak of a library once
// for each of its users. Caches, growth and overdue objects stay one by one.
void join_compared(model::report& report);

}  // namespace track::analysis
