// How good the evidence of each process is: the codes of libtrack/model/QUALITY.md. Floor 5.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

// shape: one a process, in the order of all.processes.
// cost: linear in stacks and counters.
std::vector<model::quality> judge_quality(const capture::contents& all, const code_index& code);

// Adds a reason; one that is no mere note makes the process incomplete.
void add_reason(model::quality& judged, const char* code, std::string detail);

// Says something about evidence that is whole as far as it goes.
bool is_note(std::string_view code);

// Of the closed list, or the gate's own.
bool is_reason(std::string_view code);

}  // namespace track::analysis
