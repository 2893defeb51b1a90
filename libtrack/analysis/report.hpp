// From a capture to a report: processes, totals, quality, mismatches, survivors. Floor 5.
//
// Two steps: gather what there is, then arrange what was asked for; between them several reports
// may become one (merge.hpp). Pure: the same contents and options give the same report, in the same
// order. cost: linear in counters and frames of what is listed, plus sorting.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "libtrack/analysis/filter.hpp"
#include "libtrack/analysis/grouping.hpp"
#include "libtrack/analysis/still_choice.hpp"
#include "libtrack/analysis/suppressions.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/capture/heap_graph.hpp"
#include "libtrack/capture/heap_names.hpp"
#include "libtrack/capture/series.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

enum class sort_key { bytes, blocks, age };

struct report_options {
  std::string tool_version;
  filter wanted;
  sort_key sort = sort_key::bytes;
  group_by by = group_by::nothing;
  std::optional<std::uint64_t> limit;           // of all findings
  std::optional<std::uint64_t> unproven_limit;  // of survivors of processes that were killed
  bool show_reachable = false;  // list what the runtimes made for themselves, and survivors of
                                // processes whose still tells what is lost
};

struct still_graph {
  capture::heap_graph graph;
  capture::heap_names names;
};
// The graph of a still by its number in the capture.
using graph_source = std::function<result<still_graph>(std::uint64_t still)>;

// Whether tracked objects that are alive are told as survivors: not at all; beside the blocks, but
// for those in a block that is told with their type; or they alone.
enum class object_survivors { none, beside_blocks, alone };

struct gather_options {
  suppression_set* suppressions = nullptr;  // marks findings
  graph_source graphs = {};                 // empty: no graph is looked at
  still_choice still = {};                  // one that is asked for tells the survivors, too
  bool retained = false;                    // survivors with what they keep, and paths
  bool typed = false;                       // survivors with their types, where there is a still
  object_survivors objects = object_survivors::none;
  const capture::series* series = nullptr;  // what sites did over time; null: growth is unknown
  bool all_containers = false;              // also those that do not grow
};

// Everything that a capture holds: nothing is filtered, sorted or cut.
// errors: those of `graphs`; not_found: no such still.
result<model::report> gather_report(const capture::contents& all, const gather_options& options);
// The same without graphs.
model::report gather_report(const capture::contents& all, suppression_set* suppressions = nullptr);

// A still as a report lists it; `number`: its place in the list.
model::still describe_still(const capture::still_row& row, std::uint64_t number);

// Leaves what was asked for, sorted; counts what it leaves out.
void arrange_report(model::report& report, const report_options& options);

// Both, without graphs.
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
