#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "libtrack/analysis/gate.hpp"
#include "reports/verdict_text.hpp"
#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

struct diff_options {
  reading_options reading;
  std::string before;
  std::string after;
  bool exit_code = false;
};

bool tells_what_is_lost(const model::report& report) {
  return std::any_of(report.processes.begin(), report.processes.end(),
                     [](const model::process& process) { return process.heap.has_value(); });
}

std::vector<std::string> gaps_of(const model::report& report, const std::string& name) {
  std::vector<std::string> gaps;
  for (const model::process& process : report.processes) {
    for (const model::quality_reason& reason : process.quality.reasons) {
      if (!process.quality.complete) {
        gaps.push_back(name + ": process " + std::to_string(process.number) + ": " + reason.code +
                       ": " + reason.detail);
      }
    }
  }
  return gaps;
}

// What `before` and `after` hold, filtered; `after` gets the states.
result<bool> mark(model::report& before, model::report& after, const reading_options& reading,
                  bool of_one_capture) {
  const auto wanted = to_report_options(reading);
  if (!wanted) {
    return wanted.failure();
  }
  for (model::report* each : {&before, &after}) {
    std::erase_if(each->findings, [&wanted](const model::finding& finding) {
      return !analysis::admits(wanted->wanted, finding);
    });
  }
  const auto& kinds = wanted->wanted.kinds;
  analysis::standing_options taken;
  taken.survivors =
      reading.show_reachable || of_one_capture || !tells_what_is_lost(before) ||
      !tells_what_is_lost(after) ||
      std::find(kinds.begin(), kinds.end(), model::finding_kind::survivor) != kinds.end();
  const auto old_ones = analysis::standings_of(before, taken);
  const auto new_ones = analysis::standings_of(after, taken);
  const analysis::comparison compared =
      analysis::compare(old_ones, new_ones, analysis::tolerance{.strict = true});
  analysis::mark_states(after, old_ones, new_ones, compared);
  return std::any_of(after.findings.begin(), after.findings.end(), [](const model::finding& each) {
    return each.state && *each.state != model::finding_state::known;
  });
}

result<int> diff(const diff_options& options) {
  const reading_options& reading = options.reading;
  auto suppressions = read_suppressions(reading.suppressions);
  if (!suppressions) {
    return suppressions.failure();
  }
  const taking how = {
      .suppressions = &*suppressions, .retained = reading.retained, .places = &reading.places};
  auto before = gather_evidence({options.before}, how);
  if (!before) {
    return before.failure();
  }
  auto after = gather_evidence({options.after}, how);
  if (!after) {
    return after.failure();
  }
  model::report& report = after->report;
  model::judgement judged;
  judged.rule = "findings of " + after->name + " against those of " + before->name;
  judged.gaps = gaps_of(before->report, before->name);
  const auto more = gaps_of(report, after->name);
  judged.gaps.insert(judged.gaps.end(), more.begin(), more.end());
  const auto differs = mark(before->report, report, reading, before->name == after->name);
  if (!differs) {
    return differs.failure();
  }
  judged.result = *differs              ? model::verdict::fail
                  : judged.gaps.empty() ? model::verdict::pass
                                        : model::verdict::incomplete;
  report.judgement = std::move(judged);
  auto wanted = *to_report_options(reading);
  wanted.show_reachable = true;  // what has no part in the comparison has no state
  std::erase_if(report.findings, [](const model::finding& each) { return !each.state; });
  analysis::arrange_report(report, wanted);
  reports::text_options text;
  text.color = wants_color(reading);
  text.full_stacks = reading.full_stacks;
  text.locations = !reading.places.root.empty();
  const auto written = write_output(reading.output, render_findings(report, reading.format, [&] {
                                      return reports::render_differences(report, text);
                                    }));
  if (!written) {
    return written.failure();
  }
  return options.exit_code && *differs ? 1 : 0;
}

}  // namespace

void add_diff_command(CLI::App& app, int& status) {
  auto options = std::make_shared<diff_options>();
  CLI::App* command = app.add_subcommand("diff", "What is new, fixed, grown and shrunk");
  command->add_option("OLD", options->before, "a capture, ledger, JSON report, directory or glob")
      ->type_name("CAPTURE")
      ->required();
  command->add_option("NEW", options->after, "the same, later")->type_name("CAPTURE")->required();
  add_output_options(*command, options->reading);
  add_filter_options(*command, options->reading);
  add_finding_options(*command, options->reading);
  command->add_flag("--exit-code", options->exit_code, "status 1 when there is a difference");
  command->footer("Example: track diff old.track new.track");
  command->callback([options, &status] {
    const auto done = diff(*options);
    status = done ? *done : complain(done.failure());
  });
}

}  // namespace track::tools
