// What sites did between moments of a run: births, and how many blocks and bytes were alive.
// Floor 4.
//
// Written by the collector of a running program, a moment at a time; read back by
// reader::load_series. A long run's moments are thinned: two become one, from `most_moments` on.
// Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace track::capture {

// At most so many moments of a process are kept; when there are as many, every two become one.
inline constexpr std::size_t most_moments = 128;

// What became different at one site since the moment before.
struct site_change {
  std::uint32_t site = 0;  // in the process's ledger; read back: of the capture
  std::uint64_t allocations = 0;
  std::int64_t live_blocks = 0;
  std::int64_t live_bytes = 0;

  friend bool operator==(const site_change&, const site_change&) = default;
};

struct moment {
  std::uint64_t process = 0;
  std::uint64_t at_ms = 0;           // since the process's start
  std::vector<site_change> changes;  // by site; what did not change is not there
};

// Of all processes: by process, then time. Sums of a site's changes are what it had.
using series = std::vector<moment>;

}  // namespace track::capture
