// What to do about a finding, in one plain sentence. Floor 4.
//
// Pure; names in it are printable whatever the capture held, but as long as they are there.
#pragma once

#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

// shape: no capital letter in front, no full stop; empty for survivors, which are no faults.
std::string remedy_of(const model::finding& finding);

}  // namespace track::reports
