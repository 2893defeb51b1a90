#include "libtrack/analysis/report.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/analysis/findings.hpp"
#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/merge.hpp"
#include "libtrack/analysis/processes.hpp"

namespace track::analysis {
namespace {

void leave_out(model::left_out& where, const model::finding& finding) {
  ++where.findings;
  where.blocks += finding.blocks;
  where.bytes += finding.bytes;
  where.faults +=
      finding.kind != model::finding_kind::survivor && !finding.suppressed && !finding.runtime ? 1
                                                                                               : 0;
}

std::uint64_t oldest_of(const model::finding& finding) {
  return finding.age_ms ? finding.age_ms->max_ms.value_or(0) : 0;
}

// Faults before facts, proven before unproven; then what was asked for, largest first; the rest
// only makes the order the same every time.
bool comes_before(const model::finding& a, const model::finding& b, sort_key sort) {
  const auto rank = [sort](const model::finding& finding) {
    const std::uint64_t first = sort == sort_key::bytes    ? finding.bytes
                                : sort == sort_key::blocks ? finding.blocks
                                                           : oldest_of(finding);
    return std::tuple(finding.suppressed, finding.state == model::finding_state::fixed,
                      finding.kind == model::finding_kind::survivor, !finding.proven, ~first,
                      ~finding.bytes, ~finding.blocks);
  };
  return std::tuple_cat(rank(a), std::tie(a.fingerprint, a.title)) <
         std::tuple_cat(rank(b), std::tie(b.fingerprint, b.title));
}

bool asks_for_survivors(const filter& wanted) {
  return std::find(wanted.kinds.begin(), wanted.kinds.end(), model::finding_kind::survivor) !=
         wanted.kinds.end();
}

// A survivor of processes whose stills tell what of it is lost: no news.
bool is_known_to_be_reached(const model::finding& finding,
                            const std::vector<model::process>& processes) {
  return finding.kind == model::finding_kind::survivor &&
         std::all_of(finding.processes.begin(), finding.processes.end(),
                     [&processes](std::uint64_t number) {
                       return processes[place_of(number, processes)].heap.has_value();
                     });
}

void cut(model::report& report, const report_options& options) {
  std::uint64_t unproven = 0;
  std::uint64_t kept = 0;
  std::erase_if(report.findings, [&](const model::finding& finding) {
    const bool over_limit = options.limit && kept >= *options.limit;
    const bool is_unproven = finding.kind == model::finding_kind::survivor && !finding.proven;
    unproven += is_unproven ? 1 : 0;
    const bool over_unproven =
        is_unproven && options.unproven_limit && unproven > *options.unproven_limit;
    if (over_limit || over_unproven) {
      leave_out(report.beyond_limit, finding);
      return true;
    }
    ++kept;
    return false;
  });
}

model::site describe_site(const capture::contents& all, code_index& code, std::uint32_t number,
                          const capture::counter_row& first) {
  const capture::site_row& row = all.sites[number];
  const fingerprint print =
      code.fingerprint_of(row.stack, all.processes[process_index(all, first.process)].exe);
  model::site site;
  site.fingerprint = print.digits;
  site.weak = print.weak;
  site.allocated_by = number == 0 ? "others" : name_of(row.function);
  return site;
}

void add_counters(const capture::counter_row& row, model::site& site) {
  const auto add = [](std::int64_t& into, std::uint64_t value) {
    into = static_cast<std::int64_t>(static_cast<std::uint64_t>(into) + value);
  };
  if (site.processes.empty() || site.processes.back() != row.process) {
    site.processes.push_back(row.process);
  }
  site.allocations += row.allocations;
  site.bytes_allocated += row.bytes_allocated;
  site.frees += row.frees;
  site.temporary += row.temporary;
  add(site.peak_blocks, static_cast<std::uint64_t>(row.peak_blocks));
  add(site.peak_bytes, static_cast<std::uint64_t>(row.peak_bytes));
  add(site.live_blocks, row.allocations - row.frees);
  add(site.live_bytes, row.bytes_allocated - row.bytes_freed);
  for (std::size_t i = 0; i < site.lifetimes.size(); ++i) {
    site.lifetimes[i] += row.lifetimes[i];
  }
}

struct numbered_site {
  std::uint32_t number = 0;
  model::site site;
};

std::vector<numbered_site> sum_sites(const capture::contents& all, code_index& code) {
  // Sites that look the same are one.
  std::map<std::tuple<std::uint32_t, allocation_function, bool>, std::uint32_t> places;
  std::vector<numbered_site> sites;
  for (const capture::counter_row& row : all.counters) {
    const capture::site_row& look = all.sites[row.site];
    std::uint32_t& place = places[{code.visible_stack(look.stack), look.function, row.site == 0}];
    if (place == 0) {
      sites.push_back({row.site, describe_site(all, code, row.site, row)});
      place = static_cast<std::uint32_t>(sites.size());
    }
    add_counters(row, sites[place - 1].site);
  }
  return sites;
}

const char* name_of_order(site_order by) {
  constexpr const char* names[] = {"live", "peak", "allocations", "temporary", "lifetime"};
  return names[static_cast<int>(by)];
}

}  // namespace

void arrange_report(model::report& report, const report_options& options) {
  report.tool_version = options.tool_version;
  report.narrowed = options.wanted.narrows();
  const bool all_survivors = options.show_reachable || asks_for_survivors(options.wanted);
  std::erase_if(report.findings, [&](const model::finding& finding) {
    if (!admits(options.wanted, finding)) {
      return true;
    }
    if (finding.runtime && !options.show_reachable) {
      leave_out(report.runtime, finding);
      return true;
    }
    if (!all_survivors && is_known_to_be_reached(finding, report.processes)) {
      leave_out(report.survivors, finding);
      return true;
    }
    return false;
  });
  if (report.judgement && options.by == group_by::nothing) {
    join_compared(report);
  }
  group_findings(report, options.by);
  std::sort(report.findings.begin(), report.findings.end(),
            [&options](const model::finding& a, const model::finding& b) {
              return comes_before(a, b, options.sort);
            });
  cut(report, options);
}

model::report make_report(const capture::contents& all, const report_options& options) {
  model::report report = gather_report(all);
  arrange_report(report, options);
  return report;
}

std::int64_t figure_of(const model::site& site, site_order by) {
  switch (by) {
    case site_order::live:
      return site.live_bytes;
    case site_order::peak:
      return site.peak_bytes;
    case site_order::allocations:
      return static_cast<std::int64_t>(site.allocations);
    case site_order::temporary:
      return static_cast<std::int64_t>(site.temporary);
    case site_order::lifetime:
      break;
  }
  return static_cast<std::int64_t>(site.lifetimes[0]);
}

model::site_report make_site_report(const capture::contents& all, const sites_options& options) {
  code_index code(all);
  model::site_report report;
  report.tool_version = options.tool_version;
  report.by = name_of_order(options.by);
  report.processes = describe_processes(all, code);

  std::vector<numbered_site> sites = sum_sites(all, code);
  std::erase_if(sites, [&options](const numbered_site& one) {
    return figure_of(one.site, options.by) <= 0 ||
           one.site.bytes_allocated < options.wanted.min_bytes;
  });
  std::sort(sites.begin(), sites.end(), [&options](const numbered_site& a, const numbered_site& b) {
    return std::pair(figure_of(b.site, options.by), a.number) <
           std::pair(figure_of(a.site, options.by), b.number);
  });
  for (numbered_site& one : sites) {
    const bool full = options.limit && report.sites.size() >= *options.limit;
    // Stacks are built for what is listed, and for the rest only when a filter looks at them.
    if (!full || options.wanted.about_stacks()) {
      one.site.allocated = code.stack(all.sites[one.number].stack);
    }
    if (!admits_stack(options.wanted, one.site.allocated)) {
      continue;
    }
    if (full) {
      ++report.sites_left_out;
    } else {
      report.sites.push_back(std::move(one.site));
    }
  }
  return report;
}

}  // namespace track::analysis
