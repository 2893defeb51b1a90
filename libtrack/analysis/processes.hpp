// The processes of a capture as a report shows them. Floor 5.
#pragma once

#include <vector>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

// shape: in the order of all.processes, with totals and quality.
std::vector<model::process> describe_processes(const capture::contents& all,
                                               const code_index& code);

// Index of the process with this id; ids are checked when a capture is loaded.
std::size_t process_index(const capture::contents& all, std::uint64_t id);

// Where the process of a number stands in a report, which is sorted by them.
std::size_t place_of(std::uint64_t number, const std::vector<model::process>& processes);

}  // namespace track::analysis
