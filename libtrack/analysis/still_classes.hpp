// memcheck's classes of one still's blocks, as reports count them. Floor 5.
//
// Pure; needs no names, so that they can be told before names are looked for. What only the C and
// C++ runtimes hold, or made for themselves at the start, counts as reachable; where not all of the
// program was seen, nothing counts as lost for sure. One thread. cost: a pass over the blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "libtrack/analysis/graph/reachability.hpp"
#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/model/heap.hpp"

namespace track::analysis {

// By root: whether it is data of the C and C++ runtimes.
std::vector<bool> runtime_roots_of(const capture::heap_graph& graph);

// The module that is mapped at an address, or null.
const capture::graph_module* module_at(const capture::heap_graph& graph, std::uint64_t address);

// `is_runtime_site`: whether a site of the graph, never 0, is a runtime's own start.
model::heap_classes count_classes(const capture::heap_graph& graph,
                                  const graph::reachability& reached,
                                  const std::function<bool(std::uint32_t site)>& is_runtime_site);

}  // namespace track::analysis
