#include <memory>

#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

result<void> cycles(const reading_options& options) {
  auto wanted = to_report_options(options);
  if (!wanted) {
    return wanted.failure();
  }
  wanted->wanted.kinds = {model::finding_kind::cycle};
  const auto found = answer(options, *wanted);
  if (!found) {
    return found.failure();
  }
  reports::text_options text;
  text.survivors_only = true;
  return write_answer(options, found->report, text);
}

}  // namespace

void add_cycles_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  CLI::App* command =
      app.add_subcommand("cycles", "What keeps itself alive, by which fields, and which to weaken");
  add_reading_options(*command, *options, captures_taken::many);
  add_finding_options(*command, *options);
  command->footer("Example: track cycles app.1234.track");
  command->callback([options, &status] { status = status_of([&] { return cycles(*options); }); });
}

}  // namespace track::tools
