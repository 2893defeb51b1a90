#include <memory>

#include "reports/json.hpp"
#include "reports/text.hpp"
#include "tools/commands.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

constexpr std::uint64_t shown_by_default = 20;
constexpr std::uint64_t unproven_by_default = 10;

result<void> report(const reading_options& options) {
  auto wanted = to_report_options(options);
  if (!wanted) {
    return wanted.failure();
  }
  if (!options.limit_given) {
    wanted->unproven_limit = unproven_by_default;
    if (options.format == "text") {
      wanted->limit = shown_by_default;
    }
  }
  auto opened = open_capture(options.capture);
  if (!opened) {
    return opened.failure();
  }
  const auto all = opened->reader.load();
  if (!all) {
    return all.failure();
  }
  const model::report found = analysis::make_report(*all, *wanted);
  reports::text_options text;
  text.capture = opened->path;
  text.color = wants_color(options);
  text.full_stacks = options.full_stacks;
  return write_output(options.output, options.format == "json" ? reports::render_json(found)
                                                               : reports::render_text(found, text));
}

}  // namespace

void add_report_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  CLI::App* command = app.add_subcommand("report", "Everything found in a capture");
  add_output_options(*command, *options);
  add_filter_options(*command, *options);
  add_finding_options(*command, *options);
  command->footer("Example: track report app.1234.track --min-bytes 1k -f json -o report.json");
  command->callback([options, &status] { status = status_of([&] { return report(*options); }); });
}

}  // namespace track::tools
