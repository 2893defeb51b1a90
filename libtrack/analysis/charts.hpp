// A run as a whole, for pages that draw it: memory over time, and the tree of calls. Floor 5.
//
// Pure. cost: linear in the capture's stacks, counters and moments.
#pragma once

#include <string>

#include "libtrack/capture/contents.hpp"
#include "libtrack/capture/series.hpp"
#include "libtrack/model/charts.hpp"

namespace track::analysis {

// Timelines of processes that were looked at twice at least; each begins with nothing at its start.
model::charts make_charts(const capture::contents& all, const capture::series& series);

// Puts those of one more capture into the sum. So that a page can hold them only the largest
// timelines stay, and trees only until there are many nodes; what stays out is counted. `capture`
// names the file; empty: it is the only one.
void add_charts(model::charts& sum, model::charts more, const std::string& capture);

}  // namespace track::analysis
