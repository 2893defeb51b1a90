// Findings that one still tells: lost, cycle, possibly_lost; and the classes of all blocks.
// Floor 5.
//
// Lost blocks are grouped by cause: what nothing lost points to, by stack and type; what hangs from
// a cause is its retained. Cycles are grouped by shape. A still that may have missed pointers
// (heap_graph::is_skewed) calls nothing lost, only possibly lost. What the C and C++ runtimes hold
// or made at the start counts as reachable and is marked. Pure. cost: see graph_summary, and a pass
// over the blocks.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "libtrack/analysis/heap_view.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

struct still_findings {
  model::heap_classes classes;
  std::vector<model::finding> findings;  // of the graph's process; fingerprints by its program
};

struct still_options {
  bool survivors = false;  // also what is reachable, by stack and type
  bool all_alive = false;  // also all that is alive, lost or not, likewise
  bool retained = false;   // what survivors alone keep, and the shortest path to one of each
  // Asked once with the first blocks of all causes, when there are any: which of them were lost
  // when a module was unloaded, and its path.
  std::function<std::map<std::uint32_t, std::string>(const std::vector<std::uint32_t>&)> unloads =
      {};
};

// `still`: its number within the report.
still_findings find_in_still(const heap_view& view, std::uint64_t still,
                             const still_options& options);

// Gives overdue objects of the still's process that have no path yet the shortest one to the first
// of them that is reached, as of this still.
void find_holders(const heap_view& view, std::uint64_t still,
                  std::vector<overdue_objects>& overdue);

}  // namespace track::analysis
