// Lines of source around the places of findings, to be shown beside them. Floor 6.
//
// Paths come from captures, so from anybody: only regular files whose real place is within the
// source root are read. What cannot be read is left out. cost: each file once; at most 4 MiB in
// sum.
#pragma once

#include <string>

#include "libtrack/model/report.hpp"
#include "reports/html.hpp"

namespace track::tools {

// Of findings that have a location, which is relative to `root`, an absolute path.
reports::source_excerpts read_excerpts(const model::report& report, const std::string& root);

}  // namespace track::tools
