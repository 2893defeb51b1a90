// Debug files from debuginfod servers. Floor 4, inside of symbols.
//
// libdebuginfod is loaded when it is first needed, so that nothing depends on it. It keeps what it
// fetched in the user's cache directory and obeys the DEBUGINFOD_* variables. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "libtrack/support/result.hpp"

namespace track::symbols {

// True when DEBUGINFOD_URLS names a server: without it no connection is ever made.
bool debuginfod_wanted();

// The path, in the cache, of the debug file for `build_id`.
// errors: no library, no server has it, time-out (after which no further question is asked).
// cost: network; at most two minutes.
result<std::string> debuginfod_find(std::span<const std::uint8_t> build_id);

}  // namespace track::symbols
