// Findings of memory that is still pointed to and grows: containers that only take in, and sites
// that grow where no container is known. Floor 5.
//
// Series tell which sites grow; a still before destructors ran tells what holds their blocks.
// Containers of one owner and type are one. What a growing container keeps is told with it. Looks
// at contents, series and graph, which must outlive the call. Pure.
// cost: a verdict a site; where one grows, or all are asked for, some passes over the graph.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/analysis/heap_view.hpp"
#include "libtrack/analysis/site_series.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

// Sites of one look, and how they did.
struct growing_site {
  std::vector<std::uint32_t> sites;  // by number
  model::growth growth;
  std::int64_t entries = 0;  // at the last moment
  std::int64_t bytes = 0;
};
// Those that grow, the largest first.
std::vector<growing_site> find_growing_sites(code_index& code, const capture::contents& all,
                                             const site_series& series);

struct growth_options {
  bool all_containers = false;  // also those that do not grow
};

// What a process is asked by: its series until the still's moment; null: there is no still.
struct growth_evidence {
  const site_series& series;
  const heap_view* view = nullptr;
};
struct growth_moment {
  std::uint64_t process = 0;
  std::uint64_t still = 0;  // its number within the report
  std::uint64_t at_ms = 0;  // likewise, since the process's start
};

std::vector<model::finding> find_growth(code_index& code, const capture::contents& all,
                                        const growth_evidence& evidence,
                                        const std::vector<growing_site>& growing,
                                        const growth_moment& moment, const growth_options& options);

}  // namespace track::analysis
