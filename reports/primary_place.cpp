#include "reports/primary_place.hpp"

#include <algorithm>

#include "reports/for_ci.hpp"

namespace track::reports {
namespace {

primary_place in_program(const model::report& report, std::uint64_t number) {
  const auto found =
      std::find_if(report.processes.begin(), report.processes.end(),
                   [number](const model::process& each) { return each.number == number; });
  const bool has_name =
      found != report.processes.end() && (!found->program.empty() || !found->command.empty());
  return {has_name ? program_of(*found) : "unknown", std::nullopt, "", false};
}

}  // namespace

const model::frame* source_frame(const model::stack& frames) {
  model::finding with_sources;
  with_sources.allocated =
      frames.only([](const model::frame& frame) { return !frame.file.empty(); });
  return place_of(with_sources);
}

primary_place program_place(const model::report& report) {
  return in_program(report, 0);
}

primary_place primary_place_of(const model::report& report, const model::finding& finding) {
  const model::stack& frames = finding.allocated.empty() && !finding.stacks.empty()
                                   ? finding.stacks.front().frames
                                   : finding.allocated;
  const bool is_located = finding.location && !finding.location->file.empty();
  if (const auto* source = is_located ? finding.location.get() : source_frame(frames)) {
    return {source->file, source->line, source->function, true};
  }
  const model::frame* binary = place_of(finding);
  if (binary != nullptr && !binary->module.empty()) {
    return {binary->module_path.empty() ? binary->module : binary->module_path, std::nullopt,
            binary->function, false};
  }
  return in_program(report, finding.processes.empty() ? 0 : finding.processes.front());
}

}  // namespace track::reports
