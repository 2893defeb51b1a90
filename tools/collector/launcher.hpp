// `track run` on this side: starts collector and program, passes signals on, tells the end.
// Floor 6.
//
// The program becomes a direct child, with the descriptors, signal mask, dispositions, process
// group, terminal and working directory that it would have without us; only its environment is
// longer, and the preload takes that away. One thread; called once a process.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libtrack/support/result.hpp"
#include "tools/collector/program_check.hpp"
#include "tools/collector/recorder.hpp"

namespace track::tools {

struct launch_options {
  program_verdict program;             // of check_program, status 0
  std::vector<std::string> arguments;  // argv, the program's name first
  std::string preload;                 // path of libtrack_preload.so
  recorder_options recording;
  bool quiet = false;
  bool fail_on_mismatch = false;
  bool fail_on_incomplete = false;
  // Whether a finished capture has other findings to fail on; empty: none are asked for.
  std::function<result<bool>(const std::string& capture)> has_findings;
  int error_exitcode = 23;
};

// The exit status of `track run`. When a signal ended the program this process ends itself by it,
// without a core dump, and does not return.
int launch(launch_options options);

}  // namespace track::tools
