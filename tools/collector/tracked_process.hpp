// A running tracked program, as another process of the same user finds it. Floor 6.
//
// The program's mappings name the ledger and the slot; a memory file is opened through the
// collector that holds it. One thread. cost: reads all of /proc for a collector's ledger.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "libtrack/support/result.hpp"
#include "tools/collector/shared_ledger.hpp"

namespace track::tools {

struct tracked_process {
  shared_ledger ledger;
  std::uint32_t slot = 0;
  std::string evidence;  // the growing capture of its collector, or its own ledger
};

// errors: not_found, there is no such process, or it is not tracked.
result<tracked_process> find_tracked_process(pid_t pid);

}  // namespace track::tools
