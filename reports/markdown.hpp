// A report as a comment on a pull request: verdict, rule, a table, the three worst in full.
// Floor 4.
//
// shape: GitHub's dialect, which GitLab reads too; at most 60,000 bytes, since GitHub takes 65,536
// characters. All that a capture, a baseline or a command line may have named stands in code, where
// nobody is mentioned and nothing is a link, a tag or the end of a cell. What is cut is counted.
#pragma once

#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

std::string render_markdown(const model::report& report);

}  // namespace track::reports
