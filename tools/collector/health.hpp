// Will tracking work on this machine, and why not? The checks of `track doctor`. Floor 6.
//
// Each check looks at one thing, changes nothing, and says what it means and what to do.
#pragma once

#include <string>
#include <vector>

#include "libtrack/support/result.hpp"

namespace track::tools {

enum class health { ok, warn, fail };

struct health_check {
  std::string subject;  // "kernel", "preload", …
  health state = health::ok;
  std::string detail;  // what was found; when not ok, why it matters and what to do
};

// The machine and the installation.
std::vector<health_check> check_machine();

// One program: `track run` would take or refuse it for the same reasons.
std::vector<health_check> check_candidate(const std::string& program);

// Runs the leaking canary under `track run` (this executable) and compares the capture with what
// the canary is known to do. cost: a few processes, files in a temporary folder.
std::vector<health_check> check_by_canary();

}  // namespace track::tools
