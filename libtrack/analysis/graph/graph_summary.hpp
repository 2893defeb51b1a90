// All that a report needs to know of one still's graph, in one call. Floor 5.
//
// Pure: from a graph to a value that does not refer to it; one thread. What costs more than
// classes is done only when asked for, or when something is lost.
// cost: a byte a block, 30 a lost block; with dominators 20 a block more.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "libtrack/analysis/graph/block_set.hpp"
#include "libtrack/analysis/graph/causes.hpp"
#include "libtrack/analysis/graph/components.hpp"
#include "libtrack/analysis/graph/cycles.hpp"
#include "libtrack/analysis/graph/dominators.hpp"
#include "libtrack/analysis/graph/reachability.hpp"
#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis::graph {

struct summary_options {
  reachability_options reached;
  cycle_options cycles;
  bool dominators = false;  // of what roots reach: retained sizes
};

struct graph_summary {
  reachability reached;
  block_set lost;    // led by blocks of this process's own: what parts and causes are of
  components parts;  // of lost
  lost_causes causes;
  cycle_report cycles;                      // of the cyclic causes
  std::vector<std::uint32_t> cycle_causes;  // by cycle: into causes.all
  std::optional<dominator_tree> dominators;

  // The cause that a lost block is counted with; no_block: none, as an inherited one nobody leads.
  std::uint32_t cause_of(std::uint32_t block) const {
    return lost.contains(block) ? causes.of[parts.of[lost.rank(block)]] : no_block;
  }
};

graph_summary summarize(const capture::heap_graph& heap, const summary_options& options = {});

}  // namespace track::analysis::graph
