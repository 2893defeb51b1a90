#include <memory>

#include "tools/answer.hpp"
#include "tools/commands.hpp"
#include "tools/reading.hpp"

namespace track::tools {
void add_cycles_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  CLI::App* command =
      app.add_subcommand("cycles", "What keeps itself alive, by which fields, and which to weaken");
  add_reading_options(*command, *options, captures_taken::many);
  add_finding_options(*command, *options);
  add_grouping_option(*command, *options);
  command->footer("Example: track cycles app.1234.track");
  command->callback([options, &status] {
    status =
        status_of([&] { return answer_kinds(*options, "cycles", {model::finding_kind::cycle}); });
  });
}

}  // namespace track::tools
