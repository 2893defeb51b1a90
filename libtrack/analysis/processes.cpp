#include "libtrack/analysis/processes.hpp"

#include <algorithm>

#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/quality.hpp"

namespace track::analysis {
namespace {

// Counters of a torn or forged capture may have any value: sums wrap, they do not trap.
std::int64_t difference(std::uint64_t more, std::uint64_t less) {
  return static_cast<std::int64_t>(more - less);
}

model::process describe(const capture::process_row& row) {
  model::process process;
  process.number = row.id;
  process.parent = row.parent;
  process.pid = row.pid;
  process.program = std::string(file_name(row.exe));
  process.command = row.args;
  process.start_unix_ms = row.start_unix_ms;
  process.duration_ms = row.end.duration_ms;
  process.exit.kind = static_cast<model::exit_kind>(row.end.kind);
  process.exit.code = row.end.code;
  process.exit.signal = row.end.signal;
  process.exit.oom_killed = row.end.oom_killed;
  process.totals.reallocations = row.reallocations;
  process.totals.peak_bytes = row.peak_bytes;
  process.totals.inherited_frees = row.inherited_frees;
  process.inherited_blocks = static_cast<std::int64_t>(row.inherited_blocks);
  return process;
}

void add_counters(const capture::counter_row& row, std::uint64_t& bytes_freed,
                  model::totals& totals) {
  totals.allocations += row.allocations;
  totals.frees += row.frees;
  totals.bytes_allocated += row.bytes_allocated;
  totals.temporary += row.temporary;
  bytes_freed += row.bytes_freed;
}

}  // namespace

std::size_t process_index(const capture::contents& all, std::uint64_t id) {
  const auto found = std::lower_bound(
      all.processes.begin(), all.processes.end(), id,
      [](const capture::process_row& row, std::uint64_t wanted) { return row.id < wanted; });
  return static_cast<std::size_t>(found - all.processes.begin());
}

std::vector<model::process> describe_processes(const capture::contents& all,
                                               const code_index& code) {
  std::vector<model::quality> judged = judge_quality(all, code);
  std::vector<model::process> processes;
  auto counter = all.counters.begin();
  for (std::size_t i = 0; i < all.processes.size(); ++i) {
    model::process process = describe(all.processes[i]);
    process.quality = std::move(judged[i]);
    std::uint64_t bytes_freed = 0;
    for (; counter != all.counters.end() && counter->process == process.number; ++counter) {
      add_counters(*counter, bytes_freed, process.totals);
    }
    process.totals.live_blocks = difference(process.totals.allocations, process.totals.frees);
    process.totals.live_bytes = difference(process.totals.bytes_allocated, bytes_freed);
    processes.push_back(std::move(process));
  }
  return processes;
}

std::size_t place_of(std::uint64_t number, const std::vector<model::process>& processes) {
  const auto found = std::lower_bound(
      processes.begin(), processes.end(), number,
      [](const model::process& process, std::uint64_t wanted) { return process.number < wanted; });
  return static_cast<std::size_t>(found - processes.begin());
}

}  // namespace track::analysis
