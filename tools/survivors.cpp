#include <memory>

#include "tools/answer.hpp"
#include "tools/commands.hpp"
#include "tools/reading.hpp"

namespace track::tools {
void add_survivors_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  CLI::App* command =
      app.add_subcommand("survivors", "Blocks alive at the end, by site, the largest first");
  add_reading_options(*command, *options, captures_taken::many);
  add_finding_options(*command, *options);
  add_grouping_option(*command, *options);
  command->footer("Example: track survivors app.1234.track --module 'libapp*' --sort age");
  command->callback([options, &status] {
    status = status_of(
        [&] { return answer_kinds(*options, "survivors", {model::finding_kind::survivor}); });
  });
}

}  // namespace track::tools
