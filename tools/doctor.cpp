#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "tools/collector/health.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"

namespace track::tools {
namespace {

struct doctor_options {
  std::string program;
  bool self_test = false;
};

std::string line_of(const health_check& check) {
  const char* state = check.state == health::ok     ? "ok  "
                      : check.state == health::warn ? "warn"
                                                    : "fail";
  return std::string(state) + "  " + check.subject + ": " + check.detail + "\n";
}

bool is_obstacle(const health_check& check) {
  return check.state == health::fail;
}

int examine(const doctor_options& options) {
  std::vector<health_check> checks = check_machine();
  const auto append = [&checks](std::vector<health_check> more) {
    std::ranges::move(more, std::back_inserter(checks));
  };
  if (!options.program.empty()) {
    append(check_candidate(options.program));
  }
  if (options.self_test && std::ranges::none_of(checks, is_obstacle)) {
    append(check_by_canary());
  }
  std::string text;
  for (const health_check& check : checks) {
    text += line_of(check);
  }
  if (const auto written = write_output("", text); !written) {
    return complain(written.failure());
  }
  return std::ranges::any_of(checks, is_obstacle) ? 1 : 0;
}

}  // namespace

void add_doctor_command(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("doctor", "Say whether tracking will work here, and why not");
  auto options = std::make_shared<doctor_options>();
  command->add_option("PROGRAM", options->program, "a program that is to be tracked");
  command->add_flag("--self-test", options->self_test, "run a leaking canary end to end");
  command->footer("Example: track doctor --self-test ./app");
  command->callback([options, &status] { status = examine(*options); });
}

}  // namespace track::tools
