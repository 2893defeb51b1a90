#include <signal.h>

#include <atomic>
#include <charconv>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "libtrack/support/files.hpp"
#include "libtrack/support/units.hpp"
#include "tools/collector/folder_collector.hpp"
#include "tools/collector/output_name.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"
#include "tools/names.hpp"
#include "tools/version.hpp"

namespace track::tools {
namespace {

constexpr std::uint64_t most_suppression_bytes = 16u << 20;

std::atomic<bool> stop = false;
static_assert(std::atomic<bool>::is_always_lock_free);

void ask_to_stop(int) {
  stop = true;
}

struct collect_command_options {
  std::string what;
  std::string output;
  std::string rotate;
  std::string symbols = "now";
  std::string suppressions;
  bool quiet = false;
};

std::optional<pid_t> pid_of(const std::string& text) {
  pid_t pid = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), pid);
  const bool whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return whole && pid > 0 ? std::optional(pid) : std::nullopt;
}

// Where the ledgers are: a folder, or the ledger of a process.
result<void> find_source(const std::string& what, collect_options& collecting) {
  std::error_code ignored;
  if (std::filesystem::is_directory(what, ignored)) {
    collecting.folder = what;
    return {};
  }
  const auto pid = pid_of(what);
  if (!pid) {
    return error{error_code::bad_input, what + ": is neither a directory nor a process id"};
  }
  auto ledger = ledger_of_process(*pid);
  if (!ledger) {
    return ledger.failure();
  }
  collecting.folder = std::filesystem::path(*ledger).parent_path().string();
  collecting.ledger = *std::move(ledger);
  return {};
}

result<void> collect(const collect_command_options& options) {
  collect_options collecting;
  if (auto found = find_source(options.what, collecting); !found) {
    return found;
  }
  if (!options.rotate.empty()) {
    auto period = parse_duration_ms(options.rotate);
    if (!period) {
      return period.failure();
    }
    if (*period == 0) {
      return error{error_code::usage, "--rotate: the period is zero"};
    }
    collecting.rotate_ms = *period;
  }
  if (!options.suppressions.empty()) {
    auto text = read_file(options.suppressions, most_suppression_bytes);
    if (!text) {
      return text.failure();
    }
    collecting.info.default_suppressions = *std::move(text);
  }
  const auto names =
      options.symbols == "now" ? make_name_source({}) : std::unique_ptr<preparing_name_source>();
  collecting.names = names.get();
  collecting.output_pattern = options.output;
  collecting.info.tool_version = version;
  collecting.info.host = host_name();
  collecting.say = [quiet = options.quiet](std::string_view text) {
    if (!quiet) {
      complain(text);
    }
  };
  collecting.warn = [](std::string_view text) { complain(text); };
  struct sigaction stopping {};
  stopping.sa_handler = ask_to_stop;
  sigaction(SIGINT, &stopping, nullptr);
  sigaction(SIGTERM, &stopping, nullptr);
  return folder_collector(std::move(collecting)).run(stop);
}

}  // namespace

void add_collect_command(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand(
      "collect", "Collect from programs that were started with a plain LD_PRELOAD");
  auto options = std::make_shared<collect_command_options>();
  command->add_option("WHAT", options->what, "a directory with ledgers, or a process id")
      ->type_name("DIR|PID")
      ->required();
  command
      ->add_option("-o,--output", options->output,
                   "the capture; default DIR/collect.TIME.track; % patterns as in track run")
      ->type_name("FILE");
  command->add_option("--rotate", options->rotate, "begin a new capture each period, for ever")
      ->type_name("DURATION");
  command->add_option("--symbols", options->symbols, "name functions now, or by track symbolize")
      ->check(CLI::IsMember({"now", "later"}))
      ->capture_default_str();
  command
      ->add_option("--suppressions", options->suppressions, "stored in the capture as its default")
      ->type_name("FILE");
  command->add_flag("--quiet", options->quiet, "say nothing but errors");
  command->footer(
      "Example: TRACK_DIR=/tmp LD_PRELOAD=.../libtrack_preload.so ./app & track collect /tmp");
  command->callback([options, &status] {
    const auto done = collect(*options);
    status = done ? 0 : complain(done.failure());
  });
}

}  // namespace track::tools
