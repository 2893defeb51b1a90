#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "libtrack/analysis/code_index.hpp"
#include "libtrack/analysis/findings.hpp"
#include "libtrack/analysis/gather_growth.hpp"
#include "libtrack/analysis/graph_findings.hpp"
#include "libtrack/analysis/heap_view.hpp"
#include "libtrack/analysis/merge.hpp"
#include "libtrack/analysis/probed_caches.hpp"
#include "libtrack/analysis/processes.hpp"
#include "libtrack/analysis/quality.hpp"
#include "libtrack/analysis/report.hpp"
#include "libtrack/analysis/test_names.hpp"
#include "libtrack/analysis/tracked_objects.hpp"
#include "libtrack/analysis/unloaded.hpp"

namespace track::analysis {
namespace {

// A weak fingerprint may be another one after the next build: evidence is missing.
void note_weak_findings(const std::vector<model::finding>& findings,
                        std::vector<model::process>& processes) {
  std::vector<std::uint64_t> weak(processes.size());
  for (const model::finding& finding : findings) {
    for (const std::uint64_t number : finding.processes) {
      const std::size_t owner = place_of(number, processes);
      // Where a still tells what is lost, all else is no fault and needs no name.
      const bool counts =
          finding.kind != model::finding_kind::survivor || !processes[owner].heap.has_value();
      weak[owner] += finding.weak && !finding.runtime && !finding.suppressed && counts ? 1 : 0;
    }
  }
  for (std::size_t i = 0; i < processes.size(); ++i) {
    if (weak[i] != 0) {
      add_reason(processes[i].quality, "names_incomplete",
                 "findings that run through frames without names: " + std::to_string(weak[i]));
    }
  }
}

// From the last one before `still` back to the first that knew any of what is sought.
result<void> search_earlier_stills(const capture::contents& all, const capture::still_row& still,
                                   const graph_source& graphs, unload_search& search) {
  std::vector<const capture::still_row*> earlier;
  for (const capture::still_row& each : all.stills) {
    if (each.process == still.process && each.number < still.number) {
      earlier.push_back(&each);
    }
  }
  std::sort(earlier.begin(), earlier.end(),
            [](const auto* a, const auto* b) { return a->number > b->number; });
  for (const capture::still_row* each : earlier) {
    const std::uint64_t before_ms = still.at_ms - std::min(still.at_ms, each->at_ms);
    if (!search.knew_any(before_ms)) {
      break;
    }
    const auto loaded = graphs(each->id);
    if (!loaded) {
      return loaded.failure();
    }
    search.look_at(loaded->graph);
  }
  return {};
}

// Leaves nothing of `more`, nor of its memory.
void move_into(std::vector<model::finding>& into, std::vector<model::finding>&& more) {
  into.reserve(into.size() + more.size());
  std::move(more.begin(), more.end(), std::back_inserter(into));
  more = {};
}

// What is found in stills, on the way to the report.
struct gathered {
  std::vector<model::finding> findings;
  std::vector<overdue_objects> overdue;
  std::vector<bool> counted;  // by object: its block is told with its type
};

void note_counted(const heap_view& view, std::vector<bool>& counted) {
  for (const placed_object& placed : view.objects()) {
    const std::string& type = view.all().object_names[placed.object->type];
    const auto number = static_cast<std::size_t>(placed.object - view.all().objects.data());
    counted[number] = !type.empty() && view.type_name(placed.block) == type;
  }
}

bool has_unheld(const std::vector<overdue_objects>& overdue, std::uint64_t process) {
  return std::any_of(overdue.begin(), overdue.end(), [process](const overdue_objects& each) {
    return each.objects.front()->process == process && !each.finding.path;
  });
}

result<void> add_still(const capture::contents& all, code_index& code,
                       const capture::still_row& still, const gather_options& options,
                       model::report& report, gathered& into) {
  const auto loaded = options.graphs(still.id);
  if (!loaded) {
    return loaded.failure();
  }
  const heap_view view(all, code, loaded->graph, loaded->names);
  result<void> read;
  const auto unloads = [&](const std::vector<std::uint32_t>& lost) {
    unload_search search(loaded->graph, lost);
    read = search_earlier_stills(all, still, options.graphs, search);
    return std::move(search.found);
  };
  const auto number = static_cast<std::uint64_t>(&still - all.stills.data());
  still_findings found = find_in_still(
      view, number,
      {.survivors = options.still.is_asked_for() && options.objects != object_survivors::alone,
       .all_alive = options.typed,
       .retained = options.retained,
       .unloads = unloads});
  if (!read) {
    return read;
  }
  report.processes[place_of(still.process, report.processes)].heap = found.classes;
  move_into(into.findings, std::move(found.findings));
  if (has_unheld(into.overdue, still.process)) {
    find_holders(view, number, into.overdue);
  }
  if (options.typed && options.objects == object_survivors::beside_blocks) {
    note_counted(view, into.counted);
  }
  return {};
}

// Before destructors what is overdue is held as it was in the run.
result<void> look_before_end(const capture::contents& all, code_index& code,
                             const gather_options& options, gathered& into) {
  for (const capture::still_row& still : all.stills) {
    if (still.trigger != ledger::graph::trigger::exit_begin ||
        !has_unheld(into.overdue, still.process)) {
      continue;
    }
    const auto loaded = options.graphs(still.id);
    if (!loaded) {
      return loaded.failure();
    }
    const heap_view view(all, code, loaded->graph, loaded->names);
    find_holders(view, static_cast<std::uint64_t>(&still - all.stills.data()), into.overdue);
  }
  return {};
}

result<void> add_stills(const capture::contents& all, code_index& code,
                        const std::vector<std::size_t>& chosen, const gather_options& options,
                        model::report& report, gathered& into) {
  if (options.graphs && !options.still.is_asked_for()) {
    if (auto done = look_before_end(all, code, options, into); !done) {
      return done;
    }
  }
  for (const std::size_t still : chosen) {
    if (auto done = add_still(all, code, all.stills[still], options, report, into); !done) {
      return done;
    }
  }
  return {};
}

// Objects are judged at the end of their process, or at the still that is asked for.
moment_of moments_of(const capture::contents& all, const std::vector<std::size_t>& chosen,
                     bool at_still) {
  if (!at_still) {
    return [](const capture::process_row& process) { return std::optional(process.seen_ms); };
  }
  std::map<std::uint64_t, std::uint64_t> moments;
  for (const std::size_t still : chosen) {
    moments.emplace(all.stills[still].process, all.stills[still].at_ms);
  }
  return [moments = std::move(moments)](const capture::process_row& process) {
    const auto found = moments.find(process.id);
    return found == moments.end() ? std::nullopt : std::optional(found->second);
  };
}

// Processes whose survivors a still tells.
std::set<std::uint64_t> told_by_stills(const capture::contents& all,
                                       const std::vector<std::size_t>& chosen,
                                       const gather_options& options) {
  std::set<std::uint64_t> told;
  for (const std::size_t still : chosen) {
    if (options.still.is_asked_for() || options.retained || options.typed) {
      told.insert(all.stills[still].process);
    }
  }
  return told;
}

// Caches that the program counts itself, but for those told as containers already.
void add_probed(const capture::contents& all, code_index& code,
                std::vector<model::finding>& findings) {
  std::set<std::pair<std::uint64_t, std::string>> told;
  for (const model::finding& each : findings) {
    if (each.cache && !each.cache->probe.empty()) {
      told.emplace(each.processes.front(), each.cache->probe);
    }
  }
  std::vector<model::finding> probed = find_probed(all, code);
  std::erase_if(probed, [&told](const model::finding& each) {
    return told.contains({each.processes.front(), each.cache->probe});
  });
  move_into(findings, std::move(probed));
}

}  // namespace

model::still describe_still(const capture::still_row& row, std::uint64_t number) {
  model::still still;
  still.number = number;
  still.process = row.process;
  still.trigger = name_of(row.trigger);
  still.at_ms = row.at_ms;
  still.pause_ms = static_cast<double>(row.pause_us) / 1000;
  still.blocks = row.blocks;
  still.bytes = row.bytes;
  return still;
}

result<model::report> gather_report(const capture::contents& all, const gather_options& options) {
  code_index code(all);
  model::report report;
  report.growing = !all.complete;
  report.processes = describe_processes(all, code);
  for (const capture::still_row& still : all.stills) {
    report.stills.push_back(describe_still(still, report.stills.size()));
  }
  report.findings = find_mismatches(all, code);
  std::vector<std::size_t> chosen;
  if (options.graphs) {
    auto stills = choose_stills(all, options.still);
    if (!stills) {
      return stills.failure();
    }
    chosen = *std::move(stills);
  }
  gathered found;
  found.counted.resize(all.objects.size());
  const moment_of judged_at_ms = moments_of(all, chosen, options.still.is_asked_for());
  found.overdue = find_overdue(all, code, judged_at_ms);
  if (auto done = add_stills(all, code, chosen, options, report, found); !done) {
    return done.failure();
  }
  count_objects(all, found.overdue, report.processes);
  for (overdue_objects& each : found.overdue) {
    report.findings.push_back(std::move(each.finding));
  }
  if (options.objects != object_survivors::alone) {
    move_into(report.findings, find_survivors(all, code, told_by_stills(all, chosen, options)));
  }
  if (options.objects != object_survivors::none) {
    move_into(report.findings, find_live_objects(all, code, judged_at_ms, found.counted));
  }
  move_into(report.findings, std::move(found.findings));
  auto growth = gather_growth(all, code, options);
  if (!growth) {
    return growth.failure();
  }
  move_into(report.findings, *std::move(growth));
  if (options.all_containers) {
    add_probed(all, code, report.findings);
  }
  name_tests(report.findings);
  if (options.suppressions != nullptr) {
    options.suppressions->apply(report);
  }
  join_equal_findings(report);
  note_weak_findings(report.findings, report.processes);
  return report;
}

model::report gather_report(const capture::contents& all, suppression_set* suppressions) {
  return *gather_report(all, gather_options{.suppressions = suppressions});
}

}  // namespace track::analysis
