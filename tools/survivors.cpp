#include <memory>

#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

result<void> survivors(const reading_options& options) {
  auto wanted = to_report_options(options);
  if (!wanted) {
    return wanted.failure();
  }
  wanted->wanted.kinds = {model::finding_kind::survivor};
  const auto found = answer(options, *wanted);
  if (!found) {
    return found.failure();
  }
  reports::text_options text;
  text.survivors_only = true;
  return write_answer(options, found->report, text);
}

}  // namespace

void add_survivors_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  CLI::App* command =
      app.add_subcommand("survivors", "Blocks alive at the end, by site, the largest first");
  add_reading_options(*command, *options, captures_taken::many);
  add_finding_options(*command, *options);
  command->footer("Example: track survivors app.1234.track --module 'libapp*' --sort age");
  command->callback(
      [options, &status] { status = status_of([&] { return survivors(*options); }); });
}

}  // namespace track::tools
