// Takes a still of a running program and waits until it can be read. Floor 6.
//
// Used by `track snapshot` and, on a thread of its own, by `track top`.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <string>

#include "libtrack/support/result.hpp"

namespace track::tools {

struct taken_still {
  std::uint64_t number = 0;  // within the capture
  std::string capture;       // growing, or the program's own ledger
};

// `given_up`: somebody else may end the wait. errors: not_found: the program is not tracked;
// incomplete: it does not answer, has no memory, or its graph does not arrive.
result<taken_still> take_still(pid_t pid, const std::atomic<bool>& given_up);

}  // namespace track::tools
