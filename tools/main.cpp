// The `track` command: names the subcommands, turns what they throw into exit statuses.
#include <exception>
#include <string>

#include <CLI/CLI.hpp>

#include "libtrack/support/result.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"
#include "tools/version.hpp"

namespace {

using track::error_code;

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
  CLI::App app("track: what survived, where it came from, what was freed the wrong way", "track");
  app.set_version_flag("--version", std::string("track ") + track::tools::version);
  app.require_subcommand(1);
  app.footer("Start with: track run ./program; track report");
  int status = 0;
  track::tools::add_run_command(app, status);
  track::tools::add_collect_command(app, status);
  track::tools::add_snapshot_command(app, status);
  track::tools::add_top_command(app, status);
  track::tools::add_report_command(app, status);
  track::tools::add_survivors_command(app, status);
  track::tools::add_sites_command(app, status);
  track::tools::add_cycles_command(app, status);
  track::tools::add_caches_command(app, status);
  track::tools::add_why_command(app, status);
  track::tools::add_stills_command(app, status);
  track::tools::add_diff_command(app, status);
  track::tools::add_gate_command(app, status);
  track::tools::add_baseline_command(app, status);
  track::tools::add_suppress_command(app, status);
  track::tools::add_query_command(app, status);
  track::tools::add_symbolize_command(app, status);
  track::tools::add_export_command(app, status);
  track::tools::add_doctor_command(app, status);
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
