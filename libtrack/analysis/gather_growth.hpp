// Growth of every process of a capture: which still to ask what holds it, and what is found.
// Floor 5.
#pragma once

#include <vector>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/analysis/report.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/model/report.hpp"
#include "libtrack/support/result.hpp"

namespace track::analysis {

// Findings of kinds cache and growth; none without options.series. errors: those of the graphs.
result<std::vector<model::finding>> gather_growth(const capture::contents& all, code_index& code,
                                                  const gather_options& options);

}  // namespace track::analysis
