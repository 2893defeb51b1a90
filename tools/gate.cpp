#include "libtrack/analysis/gate.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <string>
#include <vector>

#include "libtrack/analysis/baseline.hpp"
#include "libtrack/analysis/quality.hpp"
#include "libtrack/support/units.hpp"
#include "reports/verdict_text.hpp"
#include "tools/answer.hpp"
#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/formats.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

struct gate_options {
  reading_options reading;
  std::string baseline;
  std::vector<std::string> fail_on;
  std::string max_lost_bytes;
  std::string expect;
  std::string evidence;
  std::vector<std::string> allow_incomplete;
  output_files files;
  std::string max_growth;
  bool github = false;
  bool strict = false;
};

error usage(std::string message) {
  return {error_code::usage, std::move(message)};
}

// N, or a file with the names of programs, one a line.
result<void> read_expected(const std::string& text, analysis::gate_rule& rule) {
  std::uint64_t count = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), count);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) {
    rule.expected_runs = count;
    return {};
  }
  const auto names = read_named_file("--expect: no number, so a file", text);
  if (!names) {
    return names.failure();
  }
  std::string name;
  for (const char c : *names + "\n") {
    if (c != '\n' && c != '\r') {
      name += c;
    } else if (!name.empty() && !name.starts_with('#')) {
      rule.expected_programs.push_back(std::exchange(name, {}));
    } else {
      name.clear();
    }
  }
  return rule.expected_programs.empty() ? usage("--expect: '" + text + "' names no program")
                                        : result<void>();
}

result<analysis::gate_rule> to_rule(const gate_options& options) {
  analysis::gate_rule rule;
  rule.allowed.strict = options.strict;
  if (!options.fail_on.empty()) {
    rule.faults.clear();
  }
  for (const std::string& text : options.fail_on) {
    const auto kind = parse_kind(text, "--fail-on");
    if (!kind) {
      return kind.failure();
    }
    rule.faults.push_back(*kind);
  }
  if (!options.max_lost_bytes.empty()) {
    const auto bytes = parse_bytes(options.max_lost_bytes);
    if (!bytes) {
      return usage("--max-lost-bytes: " + bytes.failure().message);
    }
    rule.max_lost_bytes = *bytes;
  }
  if (!options.max_growth.empty()) {
    constexpr std::string_view a_second = "/s";
    std::string_view size = options.max_growth;
    const bool is_rate = size.ends_with(a_second);
    size.remove_suffix(is_rate ? a_second.size() : 0);
    const auto bytes = parse_bytes(size);
    if (!is_rate || !bytes) {
      return usage("--max-growth: '" + options.max_growth + "': give a size a second, as 64k/s");
    }
    rule.max_growth_per_s = *bytes;
  }
  if (!options.expect.empty()) {
    if (const auto read = read_expected(options.expect, rule); !read) {
      return read.failure();
    }
  }
  rule.evidence = options.evidence == "root"     ? analysis::required::root
                  : options.evidence == "exited" ? analysis::required::exited
                  : options.evidence == "all"    ? analysis::required::all
                                                 : analysis::required::root_and_exited;
  for (const std::string& code : options.allow_incomplete) {
    if (!analysis::is_reason(code)) {
      return usage("--allow-incomplete: '" + code +
                   "' is no reason for incomplete evidence; reports name them");
    }
  }
  rule.allowed_gaps = options.allow_incomplete;
  return rule;
}

// No baseline is an empty one; one that was named must be there.
result<std::vector<analysis::standing>> read_accepted(const std::string& path) {
  if (path.empty()) {
    return std::vector<analysis::standing>();
  }
  const auto text = read_named_file("--baseline", path);
  if (!text) {
    const bool missing = text.failure().code == error_code::usage;
    return error{
        text.failure().code,
        text.failure().message + (missing ? "; make one by `track baseline CAPTURE -o FILE`" : "")};
  }
  const auto accepted = analysis::parse_baseline(*text, path);
  if (!accepted) {
    return accepted.failure();
  }
  return accepted->standings();
}

int status_of(model::verdict verdict) {
  return verdict == model::verdict::pass   ? 0
         : verdict == model::verdict::fail ? static_cast<int>(error_code::not_found)
                                           : static_cast<int>(error_code::incomplete);
}

// The failure of both, if any; of two the first is complained of here.
result<void> joined(const result<void>& one, const result<void>& other) {
  if (!one && !other) {
    complain(one.failure());
  }
  return other ? one : other;
}

result<int> judge(const gate_options& options) {
  const reading_options& reading = options.reading;
  auto rule = to_rule(options);
  if (!rule) {
    return rule.failure();
  }
  const auto wanted = to_report_options(reading);
  if (!wanted) {
    return wanted.failure();
  }
  auto accepted = read_accepted(options.baseline);
  if (!accepted) {
    return accepted.failure();
  }
  auto suppressions = read_suppressions(reading.suppressions);
  if (!suppressions) {
    return suppressions.failure();
  }
  if (const auto distinct = check_output_files(options.files, reading.output); !distinct) {
    return distinct.failure();
  }
  const bool wants_page = reading.format == "html" ||
                          std::any_of(options.files.begin(), options.files.end(),
                                      [](const auto& each) { return each.first == "html"; });
  if (const auto possible = check_page(reading, wants_page); !possible) {
    return possible.failure();
  }
  analysis::gate gate(*std::move(rule), *std::move(accepted));
  taking how;
  how.charts = wants_page;
  how.embed_source = reading.embed_source;
  how.suppressions = &*suppressions;
  how.retained = reading.retained;
  how.places = &reading.places;
  how.each = [&](const model::report& run, const std::string& name) {
    // What was not asked for is not judged.
    model::report admitted = run;
    std::erase_if(admitted.findings, [&wanted](const model::finding& finding) {
      return !analysis::admits(wanted->wanted, finding);
    });
    gate.add(admitted, name);
  };
  auto found = gather_evidence(reading.captures, how);
  if (!found) {
    return found.failure();
  }
  model::report& report = found->report;
  report.judgement = gate.judge(report);
  analysis::arrange_report(report, *wanted);
  // The verdict and the other files are worth something without the one that cannot be written.
  const auto beside = write_output_files(report, options.files, found->page);
  reports::text_options text;
  name_in_text(text, reading, *found, "gate", options.baseline);
  text.color = wants_color(reading);
  text.full_stacks = reading.full_stacks;
  text.locations = !reading.places.root.empty();
  const auto written = write_output(
      reading.output, render_findings(report, reading.format, found->page,
                                      [&] { return reports::render_verdict(report, text); }));
  const auto told = options.github ? write_for_github(report) : result<void>();
  if (const auto all = joined(joined(beside, written), told); !all) {
    return all.failure();
  }
  return status_of(report.judgement->result);
}

}  // namespace

void add_gate_command(CLI::App& app, int& status) {
  auto options = std::make_shared<gate_options>();
  CLI::App* command = app.add_subcommand(
      "gate", "The CI verdict: 0 nothing new, 1 new faults, 4 not enough evidence");
  add_reading_options(*command, options->reading, captures_taken::many);
  add_finding_options(*command, options->reading);
  command->add_option("--baseline", options->baseline, "what is accepted; by default nothing is")
      ->type_name("FILE");
  command->add_flag("--strict", options->strict, "no tolerance beyond the baseline's ranges");
  command
      ->add_option("--fail-on", options->fail_on,
                   "the kinds that count; by default lost, cycle, overdue, mismatch")
      ->type_name("KIND")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--max-lost-bytes", options->max_lost_bytes,
                   "no run may lose more than this, accepted or not (64k, 1M)")
      ->type_name("SIZE");
  command
      ->add_option("--expect", options->expect,
                   "so many captures, or a file with the programs that must have run")
      ->type_name("N|FILE");
  command
      ->add_option(
          "--require", options->evidence,
          "whose evidence must be complete: root, exited or all; by default the root's and "
          "that of all that exited")
      ->check(CLI::IsMember({"root", "exited", "all"}));
  command
      ->add_option("--allow-incomplete", options->allow_incomplete,
                   "reasons for incomplete evidence that do not count")
      ->type_name("CODE")
      ->delimiter(',')
      ->allow_extra_args(false);
  for (const std::string format : {"json", "html", "junit", "sarif", "markdown", "gitlab"}) {
    command
        ->add_option_function<std::string>(
            "--" + format,
            [options, format](const std::string& file) {
              options->files.emplace_back(format, file);
            },
            "write the report as " + format + " to this file, too")
        ->type_name("FILE");
  }
  command->add_flag("--github", options->github,
                    "annotations on stdout, and a summary to $GITHUB_STEP_SUMMARY");
  command
      ->add_option("--max-growth", options->max_growth,
                   "nothing may grow faster than this (64k/s, 1M/s)")
      ->type_name("SIZE/s");
  command->footer("Example: track gate 'nightly/*.track' --baseline leaks.txt --expect 12");
  command->callback([options, &status] {
    const auto judged = judge(*options);
    status = judged ? *judged : complain(judged.failure());
  });
}

}  // namespace track::tools
