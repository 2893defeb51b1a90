// The contract's JSON, version 1. Floor 4.
//
// Unknown values are null, every key of the contract is there. Bytes that are no UTF-8 come out as
// U+FFFD. Ends with a line feed.
#pragma once

#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

std::string render_json(const model::report& report);

// schema "libtrack.sites": `processes` as in a report, and `sites` in the order asked for.
std::string render_json(const model::site_report& report);

}  // namespace track::reports
