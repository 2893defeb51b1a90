// How a tracked process ended: by what its parent, the kernel or its own hooks saw. Floor 6.
#pragma once

#include <cstdint>
#include <optional>

#include "libtrack/capture/writer.hpp"
#include "libtrack/ledger/reader.hpp"
#include "tools/collector/process_probe.hpp"

namespace track::tools {

// `wait_status`: from waitpid or the kernel, the best evidence. Without one the hooks' own note
// counts; a process of which neither is known ended unknown. `seen_end_ms`: CLOCK_MONOTONIC when it
// was found gone; empty when that may have been long ago.
capture::process_end end_of(const ledger::process_image& image, std::optional<int> wait_status,
                            std::optional<std::uint64_t> seen_end_ms, oom_watch& oom);

// Evidence of this process that is missing, so that nothing may be concluded from its silence.
bool is_incomplete(const ledger::process_image& image, const capture::process_end& end);

}  // namespace track::tools
