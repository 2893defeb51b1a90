#include <memory>

#include "reports/json.hpp"
#include "reports/text.hpp"
#include "tools/commands.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

result<void> survivors(const reading_options& options) {
  auto wanted = to_report_options(options);
  if (!wanted) {
    return wanted.failure();
  }
  wanted->wanted.kinds = {model::finding_kind::survivor};
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
  text.color = wants_color(options);
  text.full_stacks = options.full_stacks;
  text.survivors_only = true;
  return write_output(options.output, options.format == "json" ? reports::render_json(found)
                                                               : reports::render_text(found, text));
}

}  // namespace

void add_survivors_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  CLI::App* command =
      app.add_subcommand("survivors", "Blocks alive at the end, by site, the largest first");
  add_output_options(*command, *options);
  add_filter_options(*command, *options);
  add_finding_options(*command, *options);
  command->footer("Example: track survivors app.1234.track --module 'libapp*' --sort age");
  command->callback(
      [options, &status] { status = status_of([&] { return survivors(*options); }); });
}

}  // namespace track::tools
