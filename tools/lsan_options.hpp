// LSAN_OPTIONS of programs that were made for LeakSanitizer. Floor 6.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libtrack/support/result.hpp"

namespace track::tools {

struct lsan_options {
  std::string suppressions;  // a path; empty: none
  std::optional<int> exitcode;
};

// NAME=VALUE parted by ':', ',' or blanks, values bare or in ' or "; other names are none of ours.
// errors: usage, for an exit code that is none.
// source: compiler-rt, sanitizer_flag_parser.
result<lsan_options> parse_lsan_options(std::string_view text);

}  // namespace track::tools
