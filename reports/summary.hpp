// What a person reads first: the verdict in one line, and what to look at before all else. Floor 4.
//
// Pure. cost: linear in findings.
#pragma once

#include <string>
#include <vector>

#include "libtrack/model/report.hpp"

namespace track::reports {

// How many are put before everything else.
inline constexpr std::size_t main_findings = 3;

// What counts; what fails, or is a fault, in front. Points into the report.
std::vector<const model::finding*> findings_that_count(const model::report& report);

// `none`: nothing of what was asked for, which was not everything; same, differs: of a diff.
enum class outcome { clean, found, pass, fail, incomplete, none, same, differs };
// Of a gate its verdict; else `incomplete` only where nothing was found.
outcome outcome_of(const model::report& report);

// "2 lost, 1 cycle; the evidence is incomplete"; of a diff "1 new, 2 fixed".
std::string headline_of(const model::report& report);

}  // namespace track::reports
