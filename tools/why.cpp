#include <memory>
#include <string>

#include "reports/heap_text.hpp"
#include "tools/commands.hpp"
#include "tools/questions.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

constexpr std::uint64_t ways_by_default = 5;

result<void> why(const reading_options& options, const std::string& what) {
  const std::uint64_t most = options.limit_given ? options.limit.value_or(0) : ways_by_default;
  const auto found = ask_why(capture_of(options), what, most);
  if (!found) {
    return found.failure();
  }
  return write_answer(options, *found, {});
}

}  // namespace

void add_why_command(CLI::App& app, int& status) {
  auto options = std::make_shared<reading_options>();
  auto what = std::make_shared<std::string>();
  CLI::App* command =
      app.add_subcommand("why", "The shortest path from a root to something that is still there");
  command->add_option("WHAT", *what, "a fingerprint, a type or a glob of one, an address")
      ->type_name("FINGERPRINT|TYPE|0xADDRESS")
      ->required();
  add_capture_option(*command, *options, captures_taken::one);
  add_output_options(*command, *options);
  command->footer(
      "Example: track why Session app.1234.track\n"
      "         track why 4f1cf223caa41c77 app.1234.track@exit_begin");
  command->callback(
      [options, what, &status] { status = status_of([&] { return why(*options, *what); }); });
}

}  // namespace track::tools
