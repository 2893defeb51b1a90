#include "tools/questions.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "libtrack/analysis/report.hpp"
#include "libtrack/analysis/why.hpp"
#include "tools/evidence.hpp"
#include "tools/version.hpp"

namespace track::tools {
namespace {

using analysis::still_choice;

// Before destructors what is there is held as it was in the run. What is not found there may have
// come later, or be of a process that has no such still.
result<std::vector<std::size_t>> telling_stills(const capture::contents& all, still_choice choice) {
  if (choice.is_asked_for()) {
    return analysis::choose_stills(all, choice);
  }
  choice.how = still_choice::by::trigger;
  choice.trigger = ledger::graph::trigger::exit_begin;
  const auto first = analysis::choose_stills(all, choice);
  choice.how = still_choice::by::last;
  auto last = analysis::choose_stills(all, choice);
  if (first && last) {
    last->insert(last->begin(), first->begin(), first->end());
  }
  return first && !last ? first : last;
}

// Once around, from the first member and back to it.
model::path way_around(const model::cycle& cycle) {
  const auto step_of = [&cycle](std::size_t member) {
    model::path_step step;
    step.type = cycle.members[member].type;
    return step;
  };
  model::path way;
  std::set<std::size_t> visited;
  std::size_t at = 0;
  while (at < cycle.members.size() && visited.insert(at).second) {
    way.push_back(step_of(at));
    const auto edge = std::find_if(cycle.edges.begin(), cycle.edges.end(),
                                   [at](const model::cycle_edge& each) { return each.from == at; });
    if (edge == cycle.edges.end()) {
      return way;
    }
    way.back().field = edge->field;
    way.back().offset = edge->offset;
    at = edge->to;
  }
  if (at < cycle.members.size()) {
    way.push_back(step_of(at));
  }
  return way;
}

// Cycles and containers have fingerprints of their own, which are no site's: what the report tells
// of them is the answer.
result<std::optional<model::explanation>> ask_report(const std::string& capture,
                                                     const std::string& fingerprint) {
  auto found = gather_evidence({capture}, {.retained = true});
  if (!found) {
    return found.failure();
  }
  const model::report& report = found->report;
  for (const model::finding& finding : report.findings) {
    if (finding.fingerprint != fingerprint || !finding.still ||
        *finding.still >= report.stills.size() || (!finding.cycle && !finding.path)) {
      continue;
    }
    model::explanation made;
    made.tool_version = version;
    made.what = fingerprint;
    made.still = report.stills[*finding.still];
    made.found = {finding.blocks, finding.bytes};
    const bool is_lost = finding.cycle.has_value();
    made.ways.push_back({made.found, is_lost ? "lost" : "reachable",
                         is_lost ? way_around(*finding.cycle) : *finding.path});
    return std::optional(std::move(made));
  }
  return std::optional<model::explanation>();
}

}  // namespace

result<model::explanation> ask_why(const std::string& capture, const std::string& what,
                                   std::uint64_t most_ways) {
  const auto named = parse_capture_name(capture);
  if (!named) {
    return named.failure();
  }
  auto opened = open_capture(named->path);
  if (!opened) {
    return opened.failure();
  }
  const auto all = opened->reader.load();
  if (!all) {
    return all.failure();
  }
  const auto stills = telling_stills(*all, named->still);
  if (!stills) {
    return error{stills.failure().code, opened->path + ": " + stills.failure().message};
  }
  analysis::code_index code(*all);
  const analysis::graph_source graphs = graphs_of(opened->reader);
  for (const std::size_t number : *stills) {
    const capture::still_row& still = all->stills[number];
    const auto loaded = graphs(still.id);
    if (!loaded) {
      return loaded.failure();
    }
    const analysis::heap_view view(*all, code, loaded->graph, loaded->names);
    if (auto found = analysis::explain(view, what, most_ways)) {
      found->tool_version = version;
      found->still = analysis::describe_still(still, number);
      return *std::move(found);
    }
  }
  if (analysis::is_fingerprint(what)) {
    auto told = ask_report(capture.empty() ? opened->path : capture, what);
    if (!told) {
      return told.failure();
    }
    if (*told) {
      return **std::move(told);
    }
  }
  return error{error_code::not_found,
               opened->path + ": nothing is called '" + what +
                   "' at its still; write a fingerprint, a type (or a glob of one), or an address"};
}

}  // namespace track::tools
