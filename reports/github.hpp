// Findings as GitHub's runner reads them from the output of a step. Floor 4.
//
// One line an annotation, each a workflow command of its own; no name of the capture can begin
// another one or end its line. source: "Workflow commands for GitHub Actions", annotations.
#pragma once

#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

// Errors for faults; warnings for missing evidence and for what is no fault by itself. At most nine
// and a notice that says how many are left, since GitHub shows ten of a step. May be empty.
std::string render_github_annotations(const model::report& report);

// For the file that GITHUB_STEP_SUMMARY names.
std::string render_github_summary(const model::report& report);

}  // namespace track::reports
