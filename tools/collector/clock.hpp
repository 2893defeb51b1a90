// The two clocks of a recording, in milliseconds. Floor 6.
#pragma once

#include <cstdint>

#include <time.h>

namespace track::tools {

inline std::uint64_t clock_ms(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
         static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}
inline std::uint64_t mono_ms() {
  return clock_ms(CLOCK_MONOTONIC);
}
inline std::uint64_t unix_ms() {
  return clock_ms(CLOCK_REALTIME);
}

}  // namespace track::tools
