// Rules and results as SARIF has them. Floor 4.
//
// Private to reports/: sarif.cpp puts the log together from it. Pure; for any thread.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "libtrack/model/report.hpp"

namespace track::reports {

// What all results of a run must agree on: the standard has each of these in all results, or none.
struct sarif_run {
  const model::report& report;
  bool compared = false;     // with a baseline, or an older report
  bool suppressing = false;  // some result is suppressed
};

// A `message`, in which what the standard reads as a placeholder or a link is taken literally.
nlohmann::ordered_json sarif_message(std::string_view text);

// One a kind of finding, at the index of the kind's number.
nlohmann::ordered_json sarif_rules();

// The kind's, but a container that is not known to grow is no more than a note.
const char* sarif_level(const model::finding& finding);

nlohmann::ordered_json sarif_result(const model::finding& finding, const sarif_run& run);

// The path with all bytes that a URI may not have as %XX. Colons too: in front of the first slash
// they would end a scheme.
std::string percent_encoded(std::string_view path);

}  // namespace track::reports
