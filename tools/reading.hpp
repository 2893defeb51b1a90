// What all reading commands share: their options, and how they answer. Floor 6.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <CLI/CLI.hpp>

#include "libtrack/analysis/filter.hpp"
#include "libtrack/analysis/report.hpp"
#include "libtrack/analysis/source_places.hpp"
#include "libtrack/support/result.hpp"
#include "reports/heap_text.hpp"
#include "reports/json.hpp"
#include "reports/text.hpp"
#include "tools/console.hpp"
#include "tools/formats.hpp"

namespace track::tools {

struct reading_options {
  std::vector<std::string> captures;  // none: the newest *.track here
  std::string format = "text";
  std::string output;
  std::vector<std::string> kinds;
  std::vector<std::string> suppressions;  // files
  analysis::filter wanted;
  analysis::source_places places;
  std::string by;
  std::optional<std::uint64_t> limit;  // 0 on the command line: none
  bool limit_given = false;
  std::string sort = "bytes";
  std::string color = "auto";
  bool show_reachable = false;
  bool retained = false;
  bool full_stacks = false;
  bool lists_findings = false;  // it has formats for those
  bool embed_source = false;
  bool all_containers = false;  // of `track caches`
};

// Adds CAPTURE, of which some commands take several.
enum class captures_taken { one, many };
void add_capture_option(CLI::App& command, reading_options& options, captures_taken taken);
// Adds the filters.
void add_filter_options(CLI::App& command, reading_options& options);
// Adds -f, -o, --color, --limit and --full-stacks.
void add_output_options(CLI::App& command, reading_options& options);
// Adds all three, for commands that answer in text and JSON.
// Options of the contract that this version does not know yet are refused by name.
void add_reading_options(CLI::App& command, reading_options& options, captures_taken taken);
// Adds --by, for commands that list findings and judge none.
void add_grouping_option(CLI::App& command, reading_options& options);
// Adds --kind, --sort and --show-reachable, for commands that list findings.
void add_finding_options(CLI::App& command, reading_options& options);

// The one capture of commands that take one; empty: the newest.
std::string capture_of(const reading_options& options);

// A kind of finding by its name. errors: usage, with `option` in the message.
result<model::finding_kind> parse_kind(const std::string& text, const std::string& option);

// Refuses an option of the contract that this version does not know yet, by name.
void refuse_option(CLI::App& command, const std::string& option);

// Adds --suppressions; add_filter_options has it already.
void add_suppressions_option(CLI::App& command, std::vector<std::string>& files);

result<analysis::report_options> to_report_options(const reading_options& options);

bool wants_color(const reading_options& options);

// What was asked of `command`, as a line for the shell without its format and output. `baseline`:
// empty: none.
std::string asked_again(const reading_options& options, const std::string& command,
                        const std::string& baseline = {});

// Why a page cannot be made as it is asked for, if it cannot. errors: usage.
result<void> check_page(const reading_options& options, bool wants_page);

// Runs `body` and leaves its error, if any, on stderr. Returns the exit status.
template <typename Body>
int status_of(Body&& body) {
  const result<void> done = body();
  return done ? 0 : complain(done.failure());
}

template <typename Report>
std::string render_answer(const reading_options& options, const Report& report,
                          const reports::text_options& text, const page& beside) {
  if constexpr (std::is_same_v<Report, model::report>) {
    return render_findings(report, options.format, beside,
                           [&] { return reports::render_text(report, text); });
  } else {
    return options.format == "json" ? reports::render_json(report)
                                    : reports::render_text(report, text);
  }
}

// Writes `report` in the format and to the place asked for. What the options do not tell of the
// text format is in `text`, and of a page in `beside`.
template <typename Report>
result<void> write_answer(const reading_options& options, const Report& report,
                          reports::text_options text, const page& beside = {}) {
  text.color = wants_color(options);
  text.full_stacks = options.full_stacks;
  text.locations = !options.places.root.empty();
  if constexpr (!std::is_same_v<Report, model::explanation>) {
    if (options.format == "json") {
      return write_output(options.output,
                          [&](const text_sink& sink) { reports::write_json(report, sink); });
    }
  }
  return write_output(options.output, render_answer(options, report, text, beside));
}

}  // namespace track::tools
