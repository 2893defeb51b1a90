#include "tools/questions.hpp"

#include <algorithm>
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
  return error{error_code::not_found,
               opened->path + ": nothing is called '" + what +
                   "' at its still; write a fingerprint, a type (or a glob of one), or an address"};
}

}  // namespace track::tools
