#include "libtrack/analysis/baseline.hpp"

#include <memory>
#include <string>
#include <vector>

#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

struct baseline_options {
  reading_options reading;
  std::string update;
  std::string tighten;
  std::string check;
  bool tightens = false;
};

error usage(std::string message) {
  return {error_code::usage, std::move(message)};
}

result<analysis::baseline> read_baseline(const std::string& path) {
  const auto text = read_named_file("the baseline", path);
  return text ? analysis::parse_baseline(*text, path) : result<analysis::baseline>(text.failure());
}

result<void> check(const std::string& path) {
  const auto read = read_baseline(path);
  if (!read) {
    return read.failure();
  }
  const std::vector<std::string> faults = analysis::faults_of(*read);
  for (std::size_t i = 1; i < faults.size(); ++i) {
    complain(path + ": " + faults[i - 1]);
  }
  return faults.empty() ? result<void>()
                        : error{error_code::bad_input, path + ": " + faults.back()};
}

struct seen_runs {
  std::vector<std::vector<analysis::standing>> runs;
  std::vector<std::vector<std::string>> programs;

  std::vector<std::string> all_programs() const {
    std::vector<std::string> all;
    for (const auto& names : programs) {
      all.insert(all.end(), names.begin(), names.end());
    }
    std::sort(all.begin(), all.end());
    return all;
  }
};

result<seen_runs> see_runs(const reading_options& reading) {
  const auto wanted = to_report_options(reading);
  if (!wanted) {
    return wanted.failure();
  }
  auto suppressions = read_suppressions(reading.suppressions);
  if (!suppressions) {
    return suppressions.failure();
  }
  seen_runs seen;
  taking how;
  how.suppressions = &*suppressions;
  how.places = &reading.places;
  how.each = [&](const model::report& run, const std::string& name) {
    model::report admitted = run;
    std::erase_if(admitted.findings, [&wanted](const model::finding& finding) {
      return !analysis::admits(wanted->wanted, finding);
    });
    for (const model::process& process : run.processes) {
      if (!process.quality.complete) {
        complain(name + ": the evidence of process " + std::to_string(process.number) +
                 " is incomplete; what it hid is not in the baseline");
      }
    }
    seen.runs.push_back(analysis::standings_of(admitted));
    seen.programs.push_back(analysis::programs_of(run));
  };
  const auto found = gather_evidence(reading.captures, how);
  if (!found) {
    return found.failure();
  }
  return seen;
}

std::string change_text(const std::string& path, const analysis::baseline_change& change) {
  return path + ": " + std::to_string(change.added) + " lines added, " +
         std::to_string(change.changed) + " changed, " + std::to_string(change.removed) +
         " removed";
}

result<void> make(const baseline_options& options) {
  const auto seen = see_runs(options.reading);
  if (!seen) {
    return seen.failure();
  }
  const auto found = analysis::standings_of_runs(seen->runs, seen->programs);
  const std::string path = options.update.empty() ? options.tighten : options.update;
  if (path.empty()) {
    return write_output(options.reading.output,
                        analysis::print_baseline(analysis::make_baseline(found)));
  }
  auto accepted = read_baseline(path);
  if (!accepted) {
    return accepted.failure();
  }
  const analysis::baseline_change change =
      options.tightens ? analysis::tighten(*accepted, found, seen->all_programs())
                       : analysis::widen(*accepted, found);
  complain(change_text(path, change));
  const std::string text = analysis::print_baseline(*accepted);
  return write_output(options.reading.output.empty() ? path : options.reading.output, text);
}

result<void> baseline(baseline_options& options) {
  if (!options.check.empty()) {
    return options.reading.captures.empty()
               ? check(options.check)
               : usage("--check takes no captures; `track gate` compares them");
  }
  // "--update FILE --tighten CAPTURE": the file is known, so the word behind is a capture.
  if (options.tightens && !options.update.empty() && !options.tighten.empty()) {
    options.reading.captures.insert(options.reading.captures.begin(), options.tighten);
    options.tighten.clear();
  }
  if (options.tightens && options.update.empty() && options.tighten.empty()) {
    return usage("--tighten: which baseline? write --tighten FILE");
  }
  return make(options);
}

}  // namespace

void add_baseline_command(CLI::App& app, int& status) {
  auto options = std::make_shared<baseline_options>();
  CLI::App* command = app.add_subcommand("baseline", "Accept what is there, for `track gate`");
  add_capture_option(*command, options->reading, captures_taken::many);
  add_filter_options(*command, options->reading);
  add_finding_options(*command, options->reading);
  command->add_option("-o,--output", options->reading.output, "write a new baseline to this file")
      ->type_name("FILE");
  CLI::Option* update =
      command->add_option("--update", options->update, "widen this baseline; nothing is removed")
          ->type_name("FILE");
  command
      ->add_option_function<std::vector<std::string>>(
          "--tighten",
          [options](const std::vector<std::string>& values) {
            options->tightens = true;
            options->tighten = values.empty() ? "" : values.front();
          },
          "narrow this baseline to what is there; nothing is added")
      ->type_name("FILE")
      ->expected(0, 1);
  command
      ->add_option("--check", options->check,
                   "read this baseline and say what is wrong with it, for pre-commit")
      ->type_name("FILE")
      ->excludes(update);
  command->footer(
      "Example: track baseline nightly/*.track -o leaks.txt\n"
      "         track baseline app.track --update leaks.txt");
  command->callback([options, &status] { status = status_of([&] { return baseline(*options); }); });
}

}  // namespace track::tools
