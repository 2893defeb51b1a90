// From a capture to a report: processes, totals, quality, mismatches, survivors. Floor 5.
//
// Pure: the same contents and options give the same report, in the same order.
// cost: linear in counters and frames of what is listed, plus sorting.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libtrack/analysis/filter.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

enum class sort_key { bytes, blocks, age };

struct report_options {
  std::string tool_version;
  filter wanted;
  sort_key sort = sort_key::bytes;
  std::optional<std::uint64_t> limit;           // of all findings
  std::optional<std::uint64_t> unproven_limit;  // of survivors of processes that were killed
  bool show_runtime = false;  // list survivors that the C and C++ runtimes made for themselves
};

model::report make_report(const capture::contents& all, const report_options& options);

enum class site_order { live, peak, allocations, temporary, lifetime };

struct sites_options {
  std::string tool_version;
  filter wanted;
  site_order by = site_order::live;
  std::optional<std::uint64_t> limit;
};

// Sites that have nothing of what is asked for are left out. `lifetime` orders by blocks that
// lived under 10 ms.
model::site_report make_site_report(const capture::contents& all, const sites_options& options);

// The figure that `by` orders a site by.
std::int64_t figure_of(const model::site& site, site_order by);

}  // namespace track::analysis
