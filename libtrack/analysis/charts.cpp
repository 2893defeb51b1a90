#include "libtrack/analysis/charts.hpp"

#include <algorithm>
#include <utility>

#include "libtrack/analysis/call_tree.hpp"

namespace track::analysis {
namespace {

constexpr std::size_t most_call_nodes = 30'000;  // of one capture
constexpr std::size_t most_nodes_in_sum = 200'000;
constexpr std::size_t most_timelines = 200;

// A file may claim anything; sums that are too large wrap.
void add(std::int64_t& into, std::int64_t more) {
  into = static_cast<std::int64_t>(static_cast<std::uint64_t>(into) +
                                   static_cast<std::uint64_t>(more));
}

std::vector<model::timeline> timelines_of(const capture::contents& all,
                                          const capture::series& series) {
  std::vector<model::timeline> lines;
  for (const capture::process_row& process : all.processes) {
    model::timeline line;
    line.process = process.id;
    line.program = process.exe.substr(process.exe.rfind('/') + 1);
    line.pid = process.pid;
    line.peak_bytes = process.peak_bytes;
    model::timeline_point now;
    line.points.push_back(now);
    const auto first = std::partition_point(
        series.begin(), series.end(),
        [&process](const capture::moment& each) { return each.process < process.id; });
    for (auto moment = first; moment != series.end() && moment->process == process.id; ++moment) {
      now.at_ms = moment->at_ms;
      for (const capture::site_change& change : moment->changes) {
        add(now.live_blocks, change.live_blocks);
        add(now.live_bytes, change.live_bytes);
      }
      line.points.push_back(now);
    }
    if (line.points.size() > 2) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

}  // namespace

model::charts make_charts(const capture::contents& all, const capture::series& series) {
  model::charts made;
  made.timelines = timelines_of(all, series);
  made.trees.push_back(make_call_tree(all, most_call_nodes));
  return made;
}

void add_charts(model::charts& sum, model::charts more, const std::string& capture) {
  for (model::timeline& line : more.timelines) {
    line.capture = capture;
    sum.timelines.push_back(std::move(line));
  }
  if (sum.timelines.size() > most_timelines) {
    std::stable_sort(sum.timelines.begin(), sum.timelines.end(),
                     [](const model::timeline& a, const model::timeline& b) {
                       return a.peak_bytes > b.peak_bytes;
                     });
    sum.timelines_left_out += sum.timelines.size() - most_timelines;
    sum.timelines.resize(most_timelines);
  }
  std::size_t nodes = 0;
  for (const model::call_tree& tree : sum.trees) {
    nodes += tree.nodes.size();
  }
  for (model::call_tree& tree : more.trees) {
    nodes += tree.nodes.size();
    // The first node is the sum; it always stays, so that the whole is right.
    if (nodes > most_nodes_in_sum && tree.nodes.size() > 1) {
      tree.nodes_left_out += tree.nodes.size() - 1;
      tree.nodes.resize(1);
    }
    sum.trees.push_back(std::move(tree));
  }
}

}  // namespace track::analysis
