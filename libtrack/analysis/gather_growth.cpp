#include "libtrack/analysis/gather_growth.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <iterator>
#include <limits>
#include <utility>

#include "libtrack/analysis/growth_findings.hpp"
#include "libtrack/analysis/heap_view.hpp"

namespace track::analysis {
namespace {

using ledger::graph::trigger;

constexpr std::uint64_t no_end = std::numeric_limits<std::uint64_t>::max();

// Stills to ask what holds things: the one that was asked for, else the later ones first, those
// after destructors last.
std::vector<std::size_t> stills_to_ask(const capture::contents& all, std::uint64_t process,
                                       const std::vector<std::size_t>& chosen, bool asked_for) {
  std::vector<std::size_t> stills;
  for (std::size_t still = 0; still < all.stills.size(); ++still) {
    if (all.stills[still].process == process &&
        (!asked_for || std::ranges::find(chosen, still) != chosen.end())) {
      stills.push_back(still);
    }
  }
  std::ranges::stable_sort(stills, std::greater<>(), [&all](std::size_t still) {
    const capture::still_row& row = all.stills[still];
    return std::pair(row.trigger != trigger::exit_end, row.at_ms);
  });
  return stills;
}

// After exit_begin destructors run; a still that was asked for is the end of the question.
std::uint64_t end_of(const capture::contents& all, const std::vector<std::size_t>& stills,
                     bool asked_for) {
  const bool is_end =
      !stills.empty() && (asked_for || all.stills[stills.front()].trigger == trigger::exit_begin);
  return is_end ? all.stills[stills.front()].at_ms : no_end;
}

// Whether most of what grew until the still is in it: programs may give back all they have before
// main returns.
bool has_most(const capture::heap_graph& graph, const std::vector<growing_site>& growing,
              const site_series& until, std::size_t sites) {
  std::vector<bool> wanted(sites);
  std::int64_t expected = 0;
  for (const growing_site& each : growing) {
    for (const std::uint32_t site : each.sites) {
      wanted[site] = true;
    }
    const auto points = until.of(each.sites);
    expected += points.empty() ? 0 : points.back().bytes;
  }
  std::int64_t found = 0;
  for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
    found += wanted[graph.site[block]] ? static_cast<std::int64_t>(graph.bytes_of(block)) : 0;
  }
  return found >= expected / 2;
}

struct process_growth {
  const capture::contents& all;
  code_index& code;
  const gather_options& options;
  std::uint64_t process = 0;
};

result<std::vector<model::finding>> look_at_process(const process_growth& of,
                                                    const std::vector<std::size_t>& chosen) {
  const bool asked_for = of.options.still.is_asked_for();
  const auto stills = of.options.graphs ? stills_to_ask(of.all, of.process, chosen, asked_for)
                                        : std::vector<std::size_t>();
  const site_series series(*of.options.series, of.process, end_of(of.all, stills, asked_for));
  if (series.empty()) {
    return std::vector<model::finding>();
  }
  const std::vector<growing_site> growing = find_growing_sites(of.code, of.all, series);
  const growth_options how{.all_containers = of.options.all_containers};
  const bool wants_graph = !growing.empty() || of.options.all_containers;
  for (std::size_t i = 0; wants_graph && i < stills.size(); ++i) {
    const capture::still_row& row = of.all.stills[stills[i]];
    const auto loaded = of.options.graphs(row.id);
    if (!loaded) {
      return loaded.failure();
    }
    const site_series until(*of.options.series, of.process, row.at_ms);
    const bool is_last = i + 1 == stills.size();
    if (!is_last && !has_most(loaded->graph, growing, until, of.all.sites.size())) {
      continue;
    }
    const heap_view view(of.all, of.code, loaded->graph, loaded->names);
    return find_growth(of.code, of.all, {until, &view}, growing, {of.process, stills[i], row.at_ms},
                       how);
  }
  return find_growth(of.code, of.all, {series, nullptr}, growing, {of.process, 0, 0}, how);
}

}  // namespace

result<std::vector<model::finding>> gather_growth(const capture::contents& all, code_index& code,
                                                  const gather_options& options) {
  std::vector<model::finding> findings;
  if (options.series == nullptr) {
    return findings;
  }
  std::vector<std::size_t> chosen;
  if (options.graphs && options.still.is_asked_for()) {
    auto stills = choose_stills(all, options.still);
    if (!stills) {
      return stills.failure();
    }
    chosen = *std::move(stills);
  }
  for (const capture::process_row& process : all.processes) {
    auto found = look_at_process({all, code, options, process.id}, chosen);
    if (!found) {
      return found.failure();
    }
    std::ranges::move(*found, std::back_inserter(findings));
  }
  return findings;
}

}  // namespace track::analysis
