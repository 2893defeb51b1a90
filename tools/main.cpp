// The `track` command: turns what its subcommands throw into exit statuses.
#include <exception>
#include <string>

#include <CLI/CLI.hpp>

#include "libtrack/support/result.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"
#include "tools/defaults.hpp"

namespace {

using track::error_code;

constexpr int track_failed = 125;  // `run` keeps the others for the program's own

int fail_usage(const CLI::App& app, const CLI::ParseError& failure) {
  const auto words = app.remaining();
  if (app.get_subcommands().empty() && !words.empty()) {
    track::tools::complain("'" + words.front() + "' is no " +
                           (words.front().starts_with('-') ? "option" : "command") +
                           " of this version of track");
  } else {
    track::tools::complain(failure.what());
  }
  std::string command = "track";
  for (const CLI::App* used : app.get_subcommands()) {
    command += " " + used->get_name();
  }
  track::tools::complain("try `" + command + " --help`");
  return static_cast<int>(error_code::usage);
}

// What --help and --version print goes to stdout, and may meet a full disk like anything else.
int print(const std::string& text) {
  const auto done = track::tools::write_output("", text);
  return done ? 0 : track::tools::complain(done.failure());
}

int run(int argc, char** argv) {
  CLI::App app;
  int status = 0;
  track::tools::add_commands(app, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForVersion& asked) {
    return print(std::string(asked.what()) + "\n");
  } catch (const CLI::CallForHelp&) {
    const auto used = app.get_subcommands();
    return print(used.empty() ? app.help() : used.back()->help("track"));
  } catch (const CLI::CallForAllHelp&) {
    return print(app.help("", CLI::AppFormatMode::All));
  } catch (const CLI::ParseError& failure) {
    return fail_usage(app, failure);
  } catch (const track::tools::defaults_error& wrong) {
    const int its_status = track::tools::complain(wrong.failure());
    return app.got_subcommand("run") ? track_failed : its_status;
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& failure) {
    track::tools::complain(std::string("internal error: ") + failure.what() +
                           "; please report this");
  } catch (...) {
    track::tools::complain("internal error; please report this");
  }
  return static_cast<int>(error_code::internal);
}
