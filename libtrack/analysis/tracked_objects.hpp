// Objects that programs watch themselves: those alive at the end, those that should be gone, and
// where they lie in a heap. Floor 5.
//
// A dead one that still has its record is counted as such and is nothing else. Pure functions over
// contents that must outlive what they return. cost: linear in objects, and sorting.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

// A live object and the block of a still that it lies in.
struct placed_object {
  std::uint32_t block = 0;
  const capture::object_row* object = nullptr;
};
// Of the graph's process, by block, in one block the largest first. Those born after the still are
// left out.
std::vector<placed_object> place_objects(const capture::contents& all,
                                         const capture::heap_graph& graph);

// The moment as of which a process is judged, since its start; none: it is not.
using moment_of = std::function<std::optional<std::uint64_t>(const capture::process_row&)>;

// Live objects by type, label, tag, test and where they were registered; none of a process that
// went on as another program. `counted`: by number in contents, what is told in another way; may
// be empty.
std::vector<model::finding> find_live_objects(const capture::contents& all, code_index& code,
                                              const moment_of& judged_at_ms,
                                              const std::vector<bool>& counted);

// Objects of one process that were due and are alive, alike in all that a finding says.
struct overdue_objects {
  model::finding finding;
  std::vector<const capture::object_row*> objects;  // the longest due first
};
std::vector<overdue_objects> find_overdue(const capture::contents& all, code_index& code,
                                          const moment_of& judged_at_ms);

// Adds to each process how many there are of what.
void count_objects(const capture::contents& all, const std::vector<overdue_objects>& overdue,
                   std::vector<model::process>& processes);

}  // namespace track::analysis
