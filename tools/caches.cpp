#include <memory>

#include "tools/answer.hpp"
#include "tools/commands.hpp"
#include "tools/reading.hpp"

namespace track::tools {
void add_caches_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  CLI::App* command = app.add_subcommand(
      "caches", "Containers that only take in, and sites that grow while they are pointed to");
  add_reading_options(*command, *options, captures_taken::many);
  add_finding_options(*command, *options);
  command->add_flag("--all", options->all_containers, "Also containers that do not grow");
  command->footer("Example: track caches app.1234.track --all");
  command->callback([options, &status] {
    options->all_containers = options->all_containers || options->show_reachable;
    status = status_of([&] {
      return answer_kinds(*options, "caches",
                          {model::finding_kind::cache, model::finding_kind::growth});
    });
  });
}

}  // namespace track::tools
