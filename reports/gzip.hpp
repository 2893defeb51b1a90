// A text as a gzip file. Floor 4. Private to reports/. Pure.
#pragma once

#include <string>

namespace track::reports {

// Empty: there is no memory.
std::string gzipped(const std::string& text);

}  // namespace track::reports
