// SARIF 2.1.0, for code scanning services and editors. Floor 4.
//
// One run; a rule for each kind of finding. Whoever reads it resolves SRCROOT, what relative paths
// are relative to, to the --source-root. At most `sarif_results` results, the largest of those that
// count: services reject files with too many. What is cut, and evidence that is missing, is told as
// notifications of the invocation. Bytes that are no UTF-8 come out as U+FFFD, in paths as %XX.
// A result is one line; ends with a line feed. cost: linear in frames.
// source: OASIS SARIF 2.1.0 with errata 01; GitHub, "SARIF support for code scanning".
#pragma once

#include <cstddef>
#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

inline constexpr std::size_t sarif_results = 5000;

std::string render_sarif(const model::report& report);

}  // namespace track::reports
