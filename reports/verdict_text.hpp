// The verdict of `track gate` and the differences of `track diff`, for people. Floor 4.
//
// Faults and gaps first, then the findings behind them. cost: linear in what is listed.
#pragma once

#include <string>

#include "libtrack/model/report.hpp"
#include "reports/text.hpp"

namespace track::reports {

// report.judgement is there.
std::string render_verdict(const model::report& report, const text_options& options);

// Findings by state: new, grown, changed, moved, shrunk, fixed.
std::string render_differences(const model::report& report, const text_options& options);

}  // namespace track::reports
