#include <algorithm>
#include <iterator>
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
  bool any_programs = false;
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

// "app", "app and sh", "app, sh and 3 more".
std::string names_text(const std::vector<std::string>& names) {
  constexpr std::size_t most = 2;
  if (names.empty()) {
    return "nothing";
  }
  std::string text = names.front();
  for (std::size_t i = 1; i < std::min(names.size(), most); ++i) {
    text += (i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return names.size() <= most ? text
                              : text + " and " + std::to_string(names.size() - most) + " more";
}

// What ran in one of both alone can be neither new nor fixed by a change.
std::vector<std::string> without(const std::vector<std::string>& some,
                                 const std::vector<std::string>& others) {
  std::vector<std::string> left;
  std::set_difference(some.begin(), some.end(), others.begin(), others.end(),
                      std::back_inserter(left));
  return left;
}

bool pairs_anything(const analysis::comparison& compared) {
  return std::any_of(compared.now.begin(), compared.now.end(),
                     [](const analysis::compared& each) { return each.before.has_value(); });
}

// Programs that ran in only one of both: what they had is not compared, or, when there is nothing
// else, the whole question is refused.
result<void> look_at_programs(const evidence& before, const evidence& after,
                              const std::vector<analysis::standing>& old_ones,
                              analysis::comparison& compared, model::judgement& judged,
                              bool any_programs) {
  const auto old_names = analysis::programs_of(before.report);
  const auto new_names = analysis::programs_of(after.report);
  const auto gone = without(old_names, new_names);
  const auto come = without(new_names, old_names);
  const bool apart = !old_names.empty() && !new_names.empty() && gone.size() == old_names.size() &&
                     come.size() == new_names.size();
  const bool holds_any = !compared.now.empty() || !compared.fixed.empty();
  if (apart && !any_programs && holds_any && !pairs_anything(compared)) {
    return error{error_code::usage, before.name + " ran " + names_text(old_names) + ", " +
                                        after.name + " ran " + names_text(new_names) +
                                        ": different programs, and no finding of one is in the "
                                        "other; --any-programs compares them all the same"};
  }
  if (apart) {
    judged.remarks.push_back("different programs: " + before.name + " ran " +
                             names_text(old_names) + ", " + after.name + " ran " +
                             names_text(new_names));
    return {};
  }
  const std::size_t left = analysis::keep_fixed_of(compared, old_ones, new_names);
  if (!gone.empty()) {
    judged.remarks.push_back("ran in " + before.name + " alone: " + names_text(gone) + "; " +
                             std::to_string(left) + " of its findings are not called fixed");
  }
  if (!come.empty()) {
    judged.remarks.push_back("ran in " + after.name + " alone: " + names_text(come) +
                             "; all of its findings are new");
  }
  return {};
}

// What both hold, filtered; `after` gets the states.
result<bool> mark(evidence& old_evidence, evidence& new_evidence, const diff_options& options,
                  model::judgement& judged) {
  const reading_options& reading = options.reading;
  model::report& before = old_evidence.report;
  model::report& after = new_evidence.report;
  const bool of_one_capture = old_evidence.name == new_evidence.name;
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
  analysis::comparison compared =
      analysis::compare(old_ones, new_ones, analysis::tolerance{.strict = true});
  if (const auto looked = look_at_programs(old_evidence, new_evidence, old_ones, compared, judged,
                                           options.any_programs);
      !looked) {
    return looked.failure();
  }
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
  const bool wants_page = reading.format == "html";
  if (const auto possible = check_page(reading, wants_page); !possible) {
    return possible.failure();
  }
  const taking how = {.suppressions = &*suppressions,
                      .retained = reading.retained,
                      .places = &reading.places,
                      .charts = wants_page,
                      .embed_source = reading.embed_source};
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
  judged.by = model::judge::diff;
  judged.rule = "findings of " + after->name + " against those of " + before->name;
  judged.gaps = gaps_of(before->report, before->name);
  const auto more = gaps_of(report, after->name);
  judged.gaps.insert(judged.gaps.end(), more.begin(), more.end());
  const auto differs = mark(*before, *after, options, judged);
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
  const auto written = write_output(
      reading.output, render_findings(report, reading.format, after->page,
                                      [&] { return reports::render_differences(report, text); }));
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
  command->add_flag("--any-programs", options->any_programs,
                    "also captures that have neither a program nor a finding in common");
  command->footer("Example: track diff old.track new.track");
  command->callback([options, &status] {
    const auto done = diff(*options);
    status = done ? *done : complain(done.failure());
  });
}

}  // namespace track::tools
