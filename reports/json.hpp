// The contract's JSON, version 1. Floor 4.
//
// Unknown values are null, every key of the contract is there. Bytes that are no UTF-8 come out as
// U+FFFD. Ends with a line feed. `write_` makes the text that `render_` does, one finding or site
// at a time: it may be gigabytes.
#pragma once

#include <string>

#include "libtrack/model/report.hpp"
#include "libtrack/support/text_source.hpp"

namespace track::reports {

std::string render_json(const model::report& report);
void write_json(const model::report& report, const text_sink& sink);

// schema "libtrack.sites": `processes` as in a report, and `sites` in the order asked for.
std::string render_json(const model::site_report& report);
void write_json(const model::site_report& report, const text_sink& sink);

}  // namespace track::reports
