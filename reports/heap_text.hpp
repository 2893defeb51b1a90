// Answers about one still: its list of stills, and why blocks are there; for people and as JSON.
// Floor 4.
//
// The JSON has schemas "libtrack.stills" and "libtrack.why", version 1.
#pragma once

#include <string>

#include "libtrack/model/explanation.hpp"
#include "libtrack/model/report.hpp"
#include "reports/text.hpp"

namespace track::reports {

std::string render_text(const model::explanation& explanation, const text_options& options);
std::string render_json(const model::explanation& explanation);

// report.stills, with the processes they are of.
std::string render_stills_text(const model::report& report, const text_options& options);
std::string render_stills_json(const model::report& report);

}  // namespace track::reports
