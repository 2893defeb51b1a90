#include <memory>

#include "reports/heap_text.hpp"
#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/reading.hpp"
#include "tools/version.hpp"

namespace track::tools {
namespace {

result<void> stills(const reading_options& options) {
  const auto loaded = load_capture(capture_of(options));
  if (!loaded) {
    return loaded.failure();
  }
  model::report report = analysis::gather_report(loaded->contents);
  report.tool_version = version;
  reports::text_options text;
  text.color = wants_color(options);
  return write_output(options.output, options.format == "json"
                                          ? reports::render_stills_json(report)
                                          : reports::render_stills_text(report, text));
}

}  // namespace

void add_stills_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  CLI::App* command = app.add_subcommand("stills", "The stills of a capture, for CAPTURE@N");
  add_capture_option(*command, *options, captures_taken::one);
  add_output_options(*command, *options);
  command->footer("Example: track stills app.1234.track");
  command->callback([options, &status] { status = status_of([&] { return stills(*options); }); });
}

}  // namespace track::tools
