// The version of this build; set by CMake from the project's. Floor 6.
#pragma once

namespace track::tools {

inline constexpr const char* version = LIBTRACK_VERSION;

}  // namespace track::tools
