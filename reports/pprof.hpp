// A profile for pprof and its like: profile.proto, gzip. Floor 4.
//
// Samples are stacks, values what `track sites` counts. Addresses are offsets in their modules.
// cost: linear in frames.
// source: github.com/google/pprof, proto/profile.proto
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "libtrack/model/report.hpp"

namespace track::reports {

struct pprof_value {
  std::string type;  // "inuse_space"
  std::string unit;  // "bytes", "count"
  std::function<std::int64_t(const model::site&)> of;
};

// `values`: at least one; the first is what tools show. Sites without any are left out.
// `duration_ms`: 0: unknown. Empty: there is no memory.
std::string render_pprof(const model::site_report& report, const std::vector<pprof_value>& values,
                         std::uint64_t duration_ms);

}  // namespace track::reports
