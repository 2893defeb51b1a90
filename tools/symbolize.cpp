#include <memory>

#include "libtrack/capture/reader.hpp"
#include "tools/commands.hpp"
#include "tools/evidence.hpp"
#include "tools/names.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

struct symbolize_options {
  std::string capture;
  naming_options naming;
};

result<void> symbolize(const symbolize_options& options) {
  std::string path = options.capture;
  if (path.empty()) {
    auto newest = default_capture();
    if (!newest) {
      return newest.failure();
    }
    path = *newest;
  }
  const auto names = make_name_source(options.naming);
  return capture::symbolize(path, *names);
}

}  // namespace

void add_symbolize_command(CLI::App& app, int& status) {
  auto options = std::make_shared<symbolize_options>();
  CLI::App* command =
      app.add_subcommand("symbolize", "Name the frames of a capture again, in place");
  command->add_option("CAPTURE", options->capture, "the newest *.track here by default");
  command
      ->add_option("--debug-dir", options->naming.debug_dirs,
                   "look for debug files here first (repeatable)")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_option("--sysroot", options->naming.sysroot, "put before the paths of modules")
      ->type_name("DIR");
  command->footer(
      "DEBUGINFOD_URLS is asked too when it is set.\n"
      "Example: track symbolize app.1234.track --debug-dir ./debug");
  command->callback(
      [options, &status] { status = status_of([&] { return symbolize(*options); }); });
}

}  // namespace track::tools
