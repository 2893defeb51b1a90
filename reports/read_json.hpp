// The contract's JSON read back: what render_json wrote, as a report again. Floor 4.
//
// Input is anybody's: every value is checked, unknown keys are ignored, a missing key is an unknown
// value where the contract allows null. Pure; for any thread. cost: some ten times the text's size
// in memory while it is read.
#pragma once

#include <string>
#include <string_view>

#include "libtrack/model/report.hpp"
#include "libtrack/support/result.hpp"

namespace track::reports {

// True when `head`, the first bytes of a file, can only be the beginning of a JSON object.
bool looks_like_json(std::string_view head);

// errors: bad_input: no JSON, of another schema or a newer version, or a value that no report has;
// the message names `source` and the place within it.
result<model::report> read_report_json(std::string_view text, const std::string& source);

}  // namespace track::reports
