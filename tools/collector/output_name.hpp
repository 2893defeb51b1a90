// Names of capture files: patterns of -o, defaults, and a name that nobody uses yet. Floor 6.
#pragma once

#include <sys/types.h>

#include <string>

#include "libtrack/support/result.hpp"

namespace track::tools {

struct name_parts {
  std::string program;  // as it was called; the base name is used
  pid_t pid = 0;
  std::string host;
};

// Expands %p pid, %n program's base name, %h host, %t time of day (YYYYmmddTHHMMSS, UTC),
// %q{VAR} an environment variable, %% a percent sign. errors: usage: any other %, VAR not set.
result<std::string> expand_name(const std::string& pattern, const name_parts& parts);

// PROGRAM.PID.track.
std::string default_name(const name_parts& parts);

// `path`, or PROGRAM.PID.2.track and so on, which every command still takes for a capture, when
// that or its .partial is taken.
std::string free_name(const std::string& path);

std::string host_name();

// `path` from the root, so that it stays true when the working directory changes.
std::string absolute_path(const std::string& path);

}  // namespace track::tools
