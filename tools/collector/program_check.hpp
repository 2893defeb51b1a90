// Can this program be tracked, and why not? Floor 6; shared by `track run` and `track doctor`.
//
// Finds the program as the shell would, follows `#!` lines, and reads the ELF headers of what will
// really run. Nothing is executed. Files are untrusted: every offset is checked. One thread.
#pragma once

#include <string>
#include <vector>

namespace track::tools {

struct program_verdict {
  // The exit status of the contract: 0 track it, 125 refused, 126 not executable, 127 not found.
  int status = 0;
  std::string reason;  // why not, one line; empty when status is 0
  std::string path;    // what to exec; empty when not found
  std::string binary;  // the ELF file that runs: `path`, or a script's interpreter
  // The kernel will refuse `path` (no `#!` line): run it by /bin/sh, as execvp does.
  bool by_shell = false;
  std::vector<std::string> notes;  // no obstacles, but worth knowing
};

// shape: a name with a slash is a path, any other is searched in $PATH.
program_verdict check_program(const std::string& name);

// Why nothing can be tracked in this environment (under valgrind, rr); empty when it can.
std::string check_environment();

}  // namespace track::tools
