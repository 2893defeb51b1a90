// How a text report begins and ends: what to look at first, and what to type next. Floor 4.
//
// Pure. Lines are printable whatever the capture held.
#pragma once

#include <string>

#include "libtrack/model/report.hpp"
#include "reports/text.hpp"

namespace track::reports {

// The main findings, each with its place and its remedy; empty when nothing counts.
std::string lead_text(const model::report& report, const text_options& options);

// "verdict: 1 lost; next: track why 0123456789abcdef app.track": the last line.
std::string last_line(const model::report& report, const text_options& options);

// "  remedy: …", or nothing for what has none.
std::string remedy_text(const model::finding& finding, const text_options& options);

// As a word for the shell.
std::string shell_word(const std::string& name);

}  // namespace track::reports
