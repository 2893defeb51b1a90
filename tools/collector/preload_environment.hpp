// Where the preload library is, and the environment that brings it into a program. Floor 6.
#pragma once

#include <string>
#include <vector>

#include "libtrack/support/result.hpp"
#include "tools/collector/collection.hpp"

namespace track::tools {

// The environment of the program: ours with the preload added, in the order of `environment`.
std::vector<std::string> tracked_environment(const std::vector<std::string>& environment,
                                             const std::string& preload, const std::string& ledger,
                                             const collection_options& options);

// libtrack_preload.so beside this program, in the build tree and where it is installed; or what
// TRACK_PRELOAD_LIBRARY names. errors: not_found.
result<std::string> find_preload();

}  // namespace track::tools
