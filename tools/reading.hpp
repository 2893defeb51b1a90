// What all reading commands share: options, the default capture, opening with names. Floor 6.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "libtrack/analysis/filter.hpp"
#include "libtrack/analysis/report.hpp"
#include "libtrack/capture/reader.hpp"
#include "libtrack/support/result.hpp"
#include "tools/console.hpp"

namespace track::tools {

struct reading_options {
  std::string capture;  // empty: the newest *.track here
  std::string format = "text";
  std::string output;
  std::vector<std::string> kinds;
  analysis::filter wanted;
  std::optional<std::uint64_t> limit;  // 0 on the command line: none
  bool limit_given = false;
  std::string sort = "bytes";
  std::string color = "auto";
  bool show_reachable = false;
  bool full_stacks = false;
};

// Adds CAPTURE, -f, -o, --color; options of the contract that this version does not know yet are
// refused by name.
void add_output_options(CLI::App& command, reading_options& options);
// Adds the filters, --limit and --full-stacks.
void add_filter_options(CLI::App& command, reading_options& options);
// Adds --kind, --sort and --show-reachable, for commands that list findings.
void add_finding_options(CLI::App& command, reading_options& options);

// errors: usage.
result<std::string> default_capture();

struct opened_capture {
  std::string path;
  capture::reader reader;
};
// Opens the capture asked for; one without names gets them from the modules of this machine.
result<opened_capture> open_capture(const std::string& path);

result<analysis::report_options> to_report_options(const reading_options& options);
bool wants_color(const reading_options& options);

// Runs `body` and leaves its error, if any, on stderr. Returns the exit status.
template <typename Body>
int status_of(Body&& body) {
  const result<void> done = body();
  return done ? 0 : complain(done.failure());
}

}  // namespace track::tools
