#include "tools/reading.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

#include "libtrack/support/units.hpp"
#include "tools/names.hpp"
#include "tools/version.hpp"

namespace track::tools {
namespace {

namespace fs = std::filesystem;

error usage(std::string message) {
  return {error_code::usage, std::move(message)};
}

void refuse(CLI::App& command, const std::string& option) {
  command
      .add_option_function<std::vector<std::string>>(
          option,
          [option](const std::vector<std::string>&) {
            throw CLI::ValidationError(option, "is not in this version of track");
          },
          "")
      ->expected(0, -1)
      ->group("");
}

result<model::finding_kind> parse_kind(const std::string& text) {
  for (int i = 0; i <= static_cast<int>(model::finding_kind::survivor); ++i) {
    const auto kind = static_cast<model::finding_kind>(i);
    if (text == model::name_of(kind)) {
      return kind;
    }
  }
  return usage("--kind: '" + text +
               "' is no kind of finding; see the contract's list: lost, "
               "cycle, possibly_lost, cache, growth, overdue, mismatch, survivor");
}

}  // namespace

void add_output_options(CLI::App& command, reading_options& options) {
  command.add_option("CAPTURE", options.capture,
                     "a capture, a growing one or a ledger; the newest *.track here by default");
  command.add_option("-f,--format", options.format, "text or json")
      ->check([](const std::string& format) {
        return format == "text" || format == "json"
                   ? std::string()
                   : "'" + format + "' is not in this version of track; there are text and json";
      });
  command.add_option("-o,--output", options.output, "write to this file instead of stdout");
  command.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

void add_filter_options(CLI::App& command, reading_options& options) {
  const auto globs = [&command](const char* name, std::vector<std::string>& into,
                                const char* help) {
    command.add_option(name, into, help)->delimiter(',')->allow_extra_args(false);
  };
  globs("--module", options.wanted.modules, "only stacks through modules like GLOB; !GLOB negates");
  globs("--function", options.wanted.functions, "only stacks through functions like GLOB");
  globs("--file", options.wanted.files, "only stacks through source files like GLOB");
  command.add_option_function<std::string>(
      "--min-bytes",
      [&options](const std::string& text) {
        const auto size = parse_bytes(text);
        if (!size) {
          throw CLI::ValidationError("--min-bytes", size.failure().message);
        }
        options.wanted.min_bytes = *size;
      },
      "leave out what is smaller (64k, 1M)");
  command.add_option_function<std::uint64_t>(
      "--limit",
      [&options](const std::uint64_t& count) {
        options.limit_given = true;
        options.limit = count == 0 ? std::nullopt : std::optional(count);
      },
      "show at most so many; 0: all");
  command.add_flag("--full-stacks", options.full_stacks, "show stacks to their end");
  for (const char* later : {"--suppressions", "--type", "--label", "--test", "--retained",
                            "--source-root", "--path-map"}) {
    refuse(command, later);
  }
}

void add_finding_options(CLI::App& command, reading_options& options) {
  command
      .add_option("--kind", options.kinds, "only these kinds of finding (mismatch, survivor, …)")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--sort", options.sort, "bytes, blocks or age")
      ->check(CLI::IsMember({"bytes", "blocks", "age"}));
  command.add_flag("--show-reachable", options.show_reachable,
                   "list also what the C and C++ runtimes keep");
  command.add_option_function<std::string>(
      "--by",
      [](const std::string& by) {
        if (by != "site") {
          throw CLI::ValidationError("--by", "'" + by + "' is not in this version; there is site");
        }
      },
      "group by site");
}

result<std::string> default_capture() {
  std::error_code ignored;
  std::string newest;
  fs::file_time_type newest_time = fs::file_time_type::min();
  for (const fs::directory_entry& entry : fs::directory_iterator(".", ignored)) {
    const fs::file_time_type time = entry.last_write_time(ignored);
    if (entry.path().extension() == ".track" && entry.is_regular_file(ignored) &&
        (newest.empty() || time > newest_time)) {
      newest = entry.path().filename().string();
      newest_time = time;
    }
  }
  if (newest.empty()) {
    return usage("no capture named and no *.track here; make one with `track run PROGRAM`");
  }
  return newest;
}

result<opened_capture> open_capture(const std::string& path) {
  std::string name = path;
  if (name.empty()) {
    auto newest = default_capture();
    if (!newest) {
      return newest.failure();
    }
    name = *newest;
  }
  auto opened = capture::reader::open(name);
  if (!opened) {
    return opened.failure();
  }
  if (!opened->named()) {
    const auto names = make_name_source({});
    if (const auto done = opened->name(*names); !done) {
      return done.failure();
    }
  }
  return opened_capture{name, std::move(*opened)};
}

result<analysis::report_options> to_report_options(const reading_options& options) {
  analysis::report_options wanted;
  wanted.tool_version = version;
  wanted.wanted = options.wanted;
  for (const std::string& text : options.kinds) {
    const auto kind = parse_kind(text);
    if (!kind) {
      return kind.failure();
    }
    wanted.wanted.kinds.push_back(*kind);
  }
  wanted.sort = options.sort == "age"      ? analysis::sort_key::age
                : options.sort == "blocks" ? analysis::sort_key::blocks
                                           : analysis::sort_key::bytes;
  wanted.limit = options.limit;
  wanted.show_runtime = options.show_reachable;
  return wanted;
}

bool wants_color(const reading_options& options) {
  const color_choice choice = options.color == "always"  ? color_choice::always
                              : options.color == "never" ? color_choice::never
                                                         : color_choice::automatic;
  return use_color(choice, options.output);
}

}  // namespace track::tools
