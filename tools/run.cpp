#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/ledger/format.hpp"
#include "libtrack/ledger/graph_format.hpp"
#include "libtrack/support/files.hpp"
#include "tools/collector/launcher.hpp"
#include "tools/collector/output_name.hpp"
#include "tools/collector/preload_environment.hpp"
#include "tools/commands.hpp"
#include "tools/console.hpp"
#include "tools/evidence.hpp"
#include "tools/lsan_options.hpp"
#include "tools/names.hpp"
#include "tools/reading.hpp"
#include "tools/version.hpp"

namespace track::tools {
namespace {

constexpr int track_failed = 125;
constexpr int default_exitcode = 23;
constexpr std::uint64_t most_suppression_bytes = 16u << 20;

struct run_options {
  std::string output;
  bool quiet = false;
  bool no_follow = false;
  std::vector<std::string> skip;
  std::uint32_t depth = 64;
  std::string symbols = "now";
  bool record_args = false;
  std::vector<std::string> fail_on;
  std::vector<model::finding_kind> heap_kinds;  // of fail_on
  std::optional<int> error_exitcode;
  std::vector<std::string> suppressions;
  std::string stills = "auto";
  std::string snapshot_every = "auto";
  bool no_graph = false;
  std::string program;  // only named for the help: what it takes is in `remaining`
};

// PROGRAM and its arguments: all that follows our options.
std::vector<std::string> program_of(const CLI::App& command) {
  std::vector<std::string> words = command.remaining();
  if (!words.empty() && words.front() == "--") {
    words.erase(words.begin());
  } else if (!words.empty() && words.front().starts_with('-')) {
    throw CLI::ExtrasError({words.front()});
  }
  if (words.empty()) {
    throw CLI::RequiredError("PROGRAM");
  }
  return words;
}

// Kinds that need the heap graph, in `heap_kinds`. `none` is what sets aside a project's default.
void check_kinds(const std::vector<std::string>& kinds,
                 std::vector<model::finding_kind>& heap_kinds) {
  for (const std::string& text : kinds) {
    if (text == "mismatch" || text == "incomplete" || (text == "none" && kinds.size() == 1)) {
      continue;
    }
    const auto kind = parse_kind(text, "--fail-on");
    if (!kind) {
      throw CLI::ValidationError(kind.failure().message + ", and incomplete");
    }
    heap_kinds.push_back(*kind);
  }
}

// Whether only a still tells findings of this kind.
bool needs_still(model::finding_kind kind) {
  return kind == model::finding_kind::lost || kind == model::finding_kind::cycle ||
         kind == model::finding_kind::possibly_lost;
}

// Whether the capture has findings of these kinds that its suppressions do not know, or a process
// that ended by itself without a still to tell them.
result<bool> has_findings(const std::string& capture,
                          const std::vector<model::finding_kind>& kinds) {
  auto suppressions = read_suppressions({});
  const auto found = gather_evidence({capture}, {.suppressions = &*suppressions});
  if (!found) {
    return found.failure();
  }
  const bool unseen = std::ranges::any_of(kinds, needs_still) &&
                      std::ranges::any_of(found->report.processes, [](const auto& process) {
                        return process.exit.kind == model::exit_kind::exited && !process.heap;
                      });
  return unseen ||
         std::ranges::any_of(found->report.findings, [&kinds](const model::finding& finding) {
           return !finding.suppressed && !finding.runtime &&
                  std::ranges::find(kinds, finding.kind) != kinds.end();
         });
}

// As ledger::file_header::exit_stills.
std::uint64_t exit_stills_of(const std::string& choice) {
  constexpr auto bit = [](ledger::graph::trigger trigger) {
    return std::uint64_t{1} << static_cast<unsigned>(trigger);
  };
  if (choice == "none") {
    return 0;
  }
  const std::uint64_t end = bit(ledger::graph::trigger::exit_end);
  if (choice == "begin,end") {
    return end | bit(ledger::graph::trigger::exit_begin);
  }
  return choice == "auto" ? end | ledger::begin_when_large : end;
}

// One text of all; each must be right by itself, or no report could be made of the capture.
result<std::string> join_suppressions(const std::vector<std::string>& paths) {
  if (const auto read = tools::read_suppressions(paths); !read) {
    return read.failure();
  }
  std::string all;
  for (const std::string& path : paths) {
    auto text = read_file(path, most_suppression_bytes);
    if (!text) {
      return text.failure();
    }
    all += *text;
    if (!all.empty() && all.back() != '\n') {
      all.push_back('\n');
    }
  }
  return all;
}

int refuse(int status, const std::string& why) {
  complain(why);
  return status;
}

int run_program(const run_options& options, std::vector<std::string> words) {
  launch_options launching;
  launching.program = check_program(words.front());
  if (launching.program.status != 0) {
    return refuse(launching.program.status, launching.program.reason);
  }
  if (const std::string obstacle = check_environment(); !obstacle.empty()) {
    return refuse(track_failed, obstacle);
  }
  auto preload = find_preload();
  if (!preload) {
    return refuse(track_failed, preload.failure().message);
  }
  const char* from_environment = std::getenv("LSAN_OPTIONS");
  const auto lsan = parse_lsan_options(from_environment == nullptr ? "" : from_environment);
  if (!lsan) {
    return refuse(track_failed, lsan.failure().message);
  }
  std::vector<std::string> suppression_files = options.suppressions;
  if (!lsan->suppressions.empty()) {
    suppression_files.push_back(lsan->suppressions);
  }
  auto suppressions = join_suppressions(suppression_files);
  if (!suppressions) {
    return refuse(track_failed, suppressions.failure().message);
  }
  const auto names =
      options.symbols == "now" ? make_name_source({}) : std::unique_ptr<preparing_name_source>();
  launching.preload = *std::move(preload);
  launching.quiet = options.quiet;
  launching.error_exitcode =
      options.error_exitcode.value_or(lsan->exitcode.value_or(default_exitcode));
  const auto fails_on = [&](std::string_view kind) {
    return std::ranges::find(options.fail_on, kind) != options.fail_on.end();
  };
  // Only findings with names can be told from suppressed ones.
  launching.fail_on_mismatch = fails_on("mismatch") && suppression_files.empty();
  std::vector<model::finding_kind> judged = options.heap_kinds;
  if (fails_on("mismatch") && !launching.fail_on_mismatch) {
    judged.push_back(model::finding_kind::mismatch);
  }
  launching.fail_on_incomplete = fails_on("incomplete");
  if (!judged.empty()) {
    launching.has_findings = [&judged](const std::string& capture) {
      return has_findings(capture, judged);
    };
  }
  recorder_options& recording = launching.recording;
  recording.program = words.front();
  recording.output_pattern = options.output;
  recording.names = names.get();
  if (names != nullptr) {
    recording.prepare_names = [&names = *names](const capture::module_key& module) {
      names.prepare(module);
    };
  }
  recording.collecting.skip = options.skip;
  recording.collecting.follow = !options.no_follow;
  recording.info.tool_version = version;
  recording.info.host = host_name();
  recording.info.record_args = options.record_args;
  recording.info.depth_frames = options.depth;
  recording.take_stills = !options.no_graph;
  if (recording.take_stills) {
    auto rule = parse_snapshot_rule(options.snapshot_every);
    if (!rule) {
      return refuse(track_failed, "--snapshot-every " + rule.failure().message);
    }
    recording.collecting.snapshots = *rule;
  }
  recording.info.exit_stills = options.no_graph ? 0 : exit_stills_of(options.stills);
  recording.info.default_suppressions = *std::move(suppressions);
  launching.arguments = std::move(words);
  if (!options.quiet) {
    for (const std::string& note : launching.program.notes) {
      complain(note);
    }
  }
  return launch(std::move(launching));
}

[[noreturn]] void refuse_later(const std::string& name) {
  throw CLI::ValidationError(name, "this version takes no stills of the heap");
}

// Options of the contract that need the heap graph: refused, never ignored.
void add_later_options(CLI::App& command) {
  for (const std::string name : {"--touch"}) {
    command.add_flag_callback(name, [name] { refuse_later(name); })->group("");
  }
}

}  // namespace

void add_run_command(CLI::App& app, int& status) {
  CLI::App* command =
      app.add_subcommand("run", "Run PROGRAM and its descendants, and write one capture");
  auto options = std::make_shared<run_options>();
  command
      ->add_option("-o,--output", options->output,
                   "the capture; default PROGRAM.PID.track; %p pid, %n name, %h host, %t time, "
                   "%q{VAR} variable")
      ->type_name("FILE");
  command->add_flag("--quiet", options->quiet, "say nothing but errors");
  command->add_flag("--no-follow", options->no_follow, "leave the program's children alone");
  command->add_option("--skip", options->skip, "leave children alone that match GLOB (repeatable)")
      ->type_name("GLOB")
      ->allow_extra_args(false);
  command->add_option("--depth", options->depth, "frames of a stack to keep, innermost first")
      ->check(CLI::Range(1, 128))
      ->capture_default_str();
  command->add_option("--symbols", options->symbols, "name functions now, or by track symbolize")
      ->check(CLI::IsMember({"now", "later"}))
      ->capture_default_str();
  command->add_flag("--record-args", options->record_args, "store the whole command lines");
  command
      ->add_option("--fail-on", options->fail_on,
                   "kinds of finding that change the exit status: lost, cycle, possibly_lost, "
                   "mismatch, survivor, incomplete; none: no kind does")
      ->type_name("KIND|incomplete|none")
      ->delimiter(',')
      ->allow_extra_args(false);
  command
      ->add_option("--error-exitcode", options->error_exitcode,
                   "that exit status; default 23, or exitcode of LSAN_OPTIONS")
      ->check(CLI::Range(0, 255));
  command
      ->add_option("--suppressions", options->suppressions,
                   "stored in the capture as its default (repeatable)")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command
      ->add_option("--stills", options->stills,
                   "stills of the heap at the exit: begin, before the first destructor, and end, "
                   "after the last; auto: end, and begin where over 1 MiB is alive then or a site "
                   "looks like growing")
      ->type_name("auto|begin,end|end|none")
      ->check(CLI::IsMember({"auto", "begin,end", "end", "none"}).description(""))
      ->capture_default_str();
  command
      ->add_option("--snapshot-every", options->snapshot_every,
                   "stills of the running program; auto: few, when its heap has grown")
      ->type_name("DUR|auto|never")
      ->check([](const std::string& text) {
        const auto rule = parse_snapshot_rule(text);
        return rule ? std::string() : rule.failure().message;
      })
      ->capture_default_str();
  command->add_flag("--no-graph", options->no_graph, "take no stills at all");
  add_later_options(*command);
  // Never matches, so that PROGRAM and all behind it stay as they are; named for the usage line.
  command->validate_positionals();
  command->add_option("PROGRAM", options->program, "the program; all that follows belongs to it")
      ->type_name("[ARGS...]")
      ->check([](const std::string&) { return std::string("taken as it is"); });
  command->prefix_command();
  command->footer("Example: track run -o app.track -- ./app --port 8080");
  command->callback([command, options, &status] {
    check_kinds(options->fail_on, options->heap_kinds);
    status = run_program(*options, program_of(*command));
  });
}

}  // namespace track::tools
