#include "libtrack/analysis/merge.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "libtrack/analysis/findings.hpp"

namespace track::analysis {
namespace {

void add_left_out(model::left_out& into, const model::left_out& more) {
  into.findings += more.findings;
  into.blocks += more.blocks;
  into.bytes += more.bytes;
  into.faults += more.faults;
}

// Unknown if one of them is.
void add_count(std::optional<std::uint64_t>& into, const std::optional<std::uint64_t>& more) {
  into = into && more ? std::optional(*into + *more) : std::nullopt;
}

// Those of several processes, or several caches of one name; a median of medians is not known.
void add_cache(model::cache& into, const model::cache& more) {
  add_count(into.entries, more.entries);
  add_count(into.inserted, more.inserted);
  add_count(into.evicted, more.evicted);
  add_count(into.hits, more.hits);
  add_count(into.misses, more.misses);
  add_count(into.never_hit, more.never_hit);
  into.retained_bytes += more.retained_bytes;
  into.oldest_ms = std::max(into.oldest_ms, more.oldest_ms);
  into.median_age_ms.reset();
  if (more.evicted_by_age) {
    model::evictions_by_age& sum =
        into.evicted_by_age ? *into.evicted_by_age : into.evicted_by_age.emplace();
    for (std::size_t i = 0; i < sum.size(); ++i) {
      sum[i] += (*more.evicted_by_age)[i];
    }
  }
}

}  // namespace

std::optional<model::age> joined_ages(const std::optional<model::age>& a,
                                      const std::optional<model::age>& b) {
  if (!a || !b) {
    return a ? a : b;
  }
  model::age span;
  span.min_ms = a->min_ms && b->min_ms ? std::min(a->min_ms, b->min_ms) : std::nullopt;
  span.max_ms = a->max_ms && b->max_ms ? std::max(a->max_ms, b->max_ms) : std::nullopt;
  return span;
}

void add_blocks(std::optional<model::block_sum>& into,
                const std::optional<model::block_sum>& more) {
  if (!into || !more) {
    into.reset();
    return;
  }
  into->blocks += more->blocks;
  into->bytes += more->bytes;
}

void add_cycle(model::cycle& into, const model::cycle& more) {
  into.count += more.count;
  if (into.unexplained || more.unexplained) {
    into.unexplained = into.unexplained.value_or(0) + more.unexplained.value_or(0);
  }
  for (std::size_t i = 0; i < into.members.size() && i < more.members.size(); ++i) {
    into.members[i].count += more.members[i].count;
    into.members[i].bytes += more.members[i].bytes;
  }
}

void finding_joiner::add(model::finding finding) {
  const auto [place, is_new] = places_.emplace(looks_.of(finding), findings_.size());
  if (is_new) {
    findings_.push_back(std::move(finding));
    return;
  }
  model::finding& known = findings_[place->second];
  known.processes.insert(known.processes.end(), finding.processes.begin(), finding.processes.end());
  known.blocks += finding.blocks;
  known.bytes += finding.bytes;
  add_blocks(known.retained, finding.retained);
  add_blocks(known.definite, finding.definite);
  if (known.cycle && finding.cycle) {
    add_cycle(*known.cycle, *finding.cycle);
  }
  if (known.cache && finding.cache) {
    add_cache(*known.cache, *finding.cache);
  }
  known.age_ms = joined_ages(known.age_ms, finding.age_ms);
  known.overdue_ms = std::max(known.overdue_ms, finding.overdue_ms);
  if (!known.path && finding.path) {
    known.path = std::move(finding.path);
    known.still = finding.still;
  }
  known.title = title_of(known);
}

void report_merger::add(model::report more, const std::string& capture) {
  std::map<std::uint64_t, std::uint64_t> renumbered;
  for (const model::process& process : more.processes) {
    renumbered.emplace(process.number, sum_.processes.size() + renumbered.size());
  }
  for (model::process& process : more.processes) {
    process.number = renumbered.at(process.number);
    if (process.parent) {
      const auto parent = renumbered.find(*process.parent);
      process.parent = parent == renumbered.end() ? std::nullopt : std::optional(parent->second);
    }
    if (process.capture.empty()) {
      process.capture = capture;
    }
    sum_.processes.push_back(std::move(process));
  }
  const std::uint64_t first_still = sum_.stills.size();
  for (model::still& still : more.stills) {
    still.number += first_still;
    still.process = renumbered.at(still.process);
    sum_.stills.push_back(std::move(still));
  }
  for (model::finding& finding : more.findings) {
    for (std::uint64_t& number : finding.processes) {
      number = renumbered.at(number);
    }
    if (finding.still) {
      *finding.still += first_still;
    }
    joiner_.add(std::move(finding));
  }
  joiner_.end_report();
  sum_.growing = sum_.growing || more.growing;
  add_left_out(sum_.beyond_limit, more.beyond_limit);
  add_left_out(sum_.runtime, more.runtime);
  add_left_out(sum_.survivors, more.survivors);
}

void join_equal_findings(model::report& report) {
  std::vector<model::finding> findings = std::exchange(report.findings, {});
  report.findings.reserve(findings.size());
  finding_joiner joiner(report.findings);
  for (model::finding& finding : findings) {
    joiner.add(std::move(finding));
  }
}

model::report report_merger::take() {
  joiner_.forget();
  return std::exchange(sum_, {});
}

}  // namespace track::analysis
