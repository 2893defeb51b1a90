// The tree of calls that led to a capture's allocations, as flame graphs draw it. Floor 5.
//
// Pure. All processes in one tree; functions that are equal by name and module are one below one
// caller. cost: linear in stacks and counters; only what is kept gets its names spelt out.
#pragma once

#include <cstddef>

#include "libtrack/capture/contents.hpp"
#include "libtrack/model/charts.hpp"

namespace track::analysis {

// Keeps at most `most_nodes`, those with the largest shares of any figure.
model::call_tree make_call_tree(const capture::contents& all, std::size_t most_nodes);

}  // namespace track::analysis
