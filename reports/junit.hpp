// Findings as test cases, in the JUnit XML that Jenkins, GitLab and GitHub's actions read. Floor 4.
//
// A finding that fails is a failure, missing evidence an error, what is known a case that passed;
// `fixed` ones are left out. Never without a case: nothing found is one that passed a process, if
// the evidence is complete. The text is XML 1.0 in UTF-8 whatever names the capture held: controls
// become "\x1b" …, bytes that are no UTF-8 U+FFFD, long names end in "…". cost: linear.
#pragma once

#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

std::string render_junit(const model::report& report);

}  // namespace track::reports
