#include <memory>

#include "tools/answer.hpp"
#include "tools/commands.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

constexpr std::size_t shown_by_default = 20;
constexpr std::uint64_t unproven_by_default = 10;

result<void> report(const reading_options& options) {
  auto wanted = to_report_options(options);
  if (!wanted) {
    return wanted.failure();
  }
  if (!options.limit_given) {
    wanted->unproven_limit = unproven_by_default;
  }
  const auto found = answer(options, *wanted);
  if (!found) {
    return found.failure();
  }
  reports::text_options text;
  name_in_text(text, options, *found, "report");
  text.findings_shown = options.limit_given ? SIZE_MAX : shown_by_default;
  return write_answer(options, found->report, text, found->page);
}

}  // namespace

void add_report_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  CLI::App* command = app.add_subcommand("report", "Everything found in captures");
  add_reading_options(*command, *options, captures_taken::many);
  add_finding_options(*command, *options);
  add_grouping_option(*command, *options);
  command->footer(
      "Example: track report app.1234.track --min-bytes 1k -f json -o report.json\n"
      "         track report 'nightly/*.track'");
  command->callback([options, &status] { status = status_of([&] { return report(*options); }); });
}

}  // namespace track::tools
