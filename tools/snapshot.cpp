#include <sys/types.h>

#include <atomic>
#include <memory>

#include <fmt/format.h>

#include "tools/commands.hpp"
#include "tools/console.hpp"
#include "tools/still_taking.hpp"

namespace track::tools {
namespace {

result<void> snapshot(pid_t pid) {
  const std::atomic<bool> given_up = false;
  const auto still = take_still(pid, given_up);
  if (!still) {
    return still.failure();
  }
  fmt::print("{}\n", still->number);
  return {};
}

}  // namespace

void add_snapshot_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "snapshot", "Take a still of a running tracked program; prints its number");
  auto pid = std::make_shared<pid_t>(0);
  command->add_option("PID", *pid, "the process")->required()->check(CLI::PositiveNumber);
  command->footer("Example: track snapshot 4242 && track stills app.4242.track.partial");
  command->callback([pid, &status] {
    const auto done = snapshot(*pid);
    status = done ? 0 : complain(done.failure());
  });
}

}  // namespace track::tools
