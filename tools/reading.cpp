#include "tools/reading.hpp"

#include <filesystem>
#include <utility>

#include "libtrack/support/text.hpp"
#include "libtrack/support/units.hpp"
#include "reports/html.hpp"
#include "reports/lead_text.hpp"
#include "tools/version.hpp"

namespace track::tools {
namespace {

error usage(std::string message) {
  return {error_code::usage, std::move(message)};
}

std::optional<analysis::group_by> group_of(const std::string& by) {
  using analysis::group_by;
  constexpr std::pair<const char*, group_by> known[] = {
      {"site", group_by::site},   {"type", group_by::type}, {"module", group_by::module},
      {"label", group_by::label}, {"tag", group_by::tag},   {"test", group_by::test}};
  for (const auto& [name, group] : known) {
    if (by == name) {
      return group;
    }
  }
  return std::nullopt;
}

}  // namespace

void refuse_option(CLI::App& command, const std::string& option) {
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

result<model::finding_kind> parse_kind(const std::string& text, const std::string& option) {
  for (int i = 0; i <= static_cast<int>(model::finding_kind::survivor); ++i) {
    const auto kind = static_cast<model::finding_kind>(i);
    if (text == model::name_of(kind)) {
      return kind;
    }
  }
  return usage(option + ": '" + text +
               "' is no kind of finding; there are lost, cycle, possibly_lost, cache, growth, "
               "overdue, mismatch and survivor");
}

void add_suppressions_option(CLI::App& command, std::vector<std::string>& files) {
  command.add_option("--suppressions", files, "leave out what this file knows (repeatable)")
      ->type_name("FILE")
      ->allow_extra_args(false);
}

void add_capture_option(CLI::App& command, reading_options& options, captures_taken taken) {
  CLI::Option* option =
      taken == captures_taken::many
          ? command.add_option("CAPTURE", options.captures,
                               "captures, ledgers, JSON of `track report`, directories, globs; the "
                               "newest *.track here by default")
          : command.add_option_function<std::string>(
                "CAPTURE", [&options](const std::string& path) { options.captures = {path}; },
                "a capture, a growing one or a ledger; the newest *.track here by default");
  // An empty shell variable is not meant to be the newest one.
  option->type_name("FILE")->check([](const std::string& path) {
    return path.empty() ? std::string("the name is empty") : std::string();
  });
}

void add_output_options(CLI::App& command, reading_options& options) {
  command
      .add_option("-f,--format", options.format,
                  "text or json; of findings also html, sarif, junit, gitlab, github and markdown")
      ->type_name("text|json")
      ->check([&options](const std::string& format) {
        const bool known = options.lists_findings ? is_finding_format(format)
                                                  : format == "text" || format == "json";
        return known ? std::string()
                     : "'" + format + "' is not in this version of track; there are text" +
                           (options.lists_findings ? ", json, html, sarif, junit, gitlab, github "
                                                     "and markdown"
                                                   : " and json");
      });
  command.add_option("-o,--output", options.output, "write to this file instead of stdout")
      ->type_name("FILE");
  command.add_option("--color", options.color, "auto, always or never")
      ->check(CLI::IsMember({"auto", "always", "never"}));
  command
      .add_option_function<std::uint64_t>(
          "--limit",
          [&options](const std::uint64_t& count) {
            options.limit_given = true;
            options.limit = count == 0 ? std::nullopt : std::optional(count);
          },
          "show at most so many; 0: all")
      ->check(CLI::NonNegativeNumber)
      ->type_name("COUNT");
  command.add_flag("--full-stacks", options.full_stacks, "show stacks to their end");
}

void add_filter_options(CLI::App& command, reading_options& options) {
  const auto globs = [&command](const char* name, std::vector<std::string>& into,
                                const char* help) {
    command.add_option(name, into, help)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("GLOB");
  };
  globs("--module", options.wanted.modules, "only stacks through modules like GLOB; !GLOB negates");
  globs("--function", options.wanted.functions, "only stacks through functions like GLOB");
  globs("--file", options.wanted.files, "only stacks through source files like GLOB");
  command
      .add_option_function<std::string>(
          "--min-bytes",
          [&options](const std::string& text) {
            const auto size = parse_bytes(text);
            if (!size) {
              throw CLI::ValidationError("--min-bytes", size.failure().message);
            }
            options.wanted.min_bytes = *size;
          },
          "leave out what is smaller (64k, 1M)")
      ->type_name("SIZE");
  command
      .add_option_function<std::vector<std::string>>(
          "--path-map",
          [&options](const std::vector<std::string>& pairs) {
            for (const std::string& pair : pairs) {
              const std::size_t equals = pair.find('=');
              if (equals == 0 || equals == std::string::npos) {
                throw CLI::ValidationError("--path-map", "'" + pair + "' is not FROM=TO");
              }
              options.places.maps.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
            }
          },
          "source paths that begin with FROM are in TO (repeatable; the first that fits)")
      ->allow_extra_args(false)
      ->type_name("FROM=TO");
}

void add_reading_options(CLI::App& command, reading_options& options, captures_taken taken) {
  add_capture_option(command, options, taken);
  add_output_options(command, options);
  add_filter_options(command, options);
}

void add_finding_options(CLI::App& command, reading_options& options) {
  options.lists_findings = true;
  if (CLI::Option* format = command.get_option_no_throw("--format")) {
    format->type_name(finding_formats());
  }
  command
      .add_option("--kind", options.kinds,
                  "only these kinds: lost, cycle, possibly_lost, cache, growth, overdue, mismatch, "
                  "survivor")
      ->type_name("KIND")
      ->delimiter(',')
      ->allow_extra_args(false);
  const auto globs = [&command](const char* name, std::vector<std::string>& into,
                                const char* help) {
    command.add_option(name, into, help)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("GLOB");
  };
  globs("--type", options.wanted.types, "only findings of types like GLOB");
  globs("--label", options.wanted.labels, "only tracked objects with labels like GLOB");
  globs("--test", options.wanted.tests, "only tracked objects born in tests like GLOB");
  add_suppressions_option(command, options.suppressions);
  command.add_option("--sort", options.sort, "bytes, blocks or age")
      ->check(CLI::IsMember({"bytes", "blocks", "age"}));
  command.add_flag("--show-reachable", options.show_reachable,
                   "list also what is still reachable, and what the C and C++ runtimes keep");
  command.add_flag("--retained", options.retained,
                   "survivors with what they alone keep, and the shortest path to them");
  command
      .add_option_function<std::string>(
          "--source-root",
          [&options](const std::string& folder) {
            options.places.root = std::filesystem::absolute(folder).lexically_normal().string();
            if (options.places.root.size() > 1 && options.places.root.ends_with('/')) {
              options.places.root.pop_back();
            }
          },
          "a finding's place is its innermost frame with a source in here, relative to it")
      ->type_name("DIR")
      ->check([](const std::string& folder) {
        return folder.empty() ? std::string("the name is empty") : std::string();
      });
  command.add_flag("--embed-source", options.embed_source,
                   "put the lines around each place into an HTML report; wants --source-root");
}

void add_grouping_option(CLI::App& command, reading_options& options) {
  command
      .add_option("--by", options.by,
                  "sum up by site, type or module, tracked objects by type, label, tag or test; by "
                  "default a finding is a site and a type")
      ->type_name("site|type|module|label|tag|test")
      ->check([](const std::string& by) {
        return group_of(by) ? std::string()
                            : "'" + by + "': give site, type, module, label, tag or test";
      });
}

std::string capture_of(const reading_options& options) {
  return options.captures.empty() ? std::string() : options.captures.front();
}

result<analysis::report_options> to_report_options(const reading_options& options) {
  analysis::report_options wanted;
  wanted.tool_version = version;
  wanted.wanted = options.wanted;
  for (const std::string& text : options.kinds) {
    const auto kind = parse_kind(text, "--kind");
    if (!kind) {
      return kind.failure();
    }
    wanted.wanted.kinds.push_back(*kind);
  }
  wanted.sort = options.sort == "age"      ? analysis::sort_key::age
                : options.sort == "blocks" ? analysis::sort_key::blocks
                                           : analysis::sort_key::bytes;
  wanted.by = group_of(options.by).value_or(analysis::group_by::nothing);
  wanted.limit = options.limit;
  wanted.show_reachable = options.show_reachable;
  return wanted;
}

std::string asked_again(const reading_options& options, const std::string& command,
                        const std::string& baseline) {
  std::string line = "track " + command;
  const auto add = [&line](const std::string& word) {
    line += " " + reports::shell_word(escape_control(word));
  };
  const auto add_each = [&](const char* option, const std::vector<std::string>& values) {
    for (const std::string& value : values) {
      add(option);
      add(value);
    }
  };
  for (const std::string& capture : options.captures) {
    add(capture);
  }
  add_each("--baseline", baseline.empty() ? std::vector<std::string>() : std::vector{baseline});
  add_each("--suppressions", options.suppressions);
  add_each("--kind", options.kinds);
  add_each("--module", options.wanted.modules);
  add_each("--function", options.wanted.functions);
  add_each("--file", options.wanted.files);
  add_each("--type", options.wanted.types);
  add_each("--label", options.wanted.labels);
  add_each("--test", options.wanted.tests);
  if (options.wanted.min_bytes != 0) {
    add_each("--min-bytes", {std::to_string(options.wanted.min_bytes)});
  }
  if (options.show_reachable) {
    add("--show-reachable");
  }
  return line;
}

result<void> check_page(const reading_options& options, bool wants_page) {
  if (wants_page && !reports::has_html()) {
    return usage(reports::why_no_html);
  }
  if (options.embed_source && !wants_page) {
    return usage("--embed-source is of HTML reports alone");
  }
  if (options.embed_source && options.places.root.empty()) {
    return usage("--embed-source wants --source-root: only files in it are put into a report");
  }
  std::error_code failure;
  if (options.embed_source && !std::filesystem::is_directory(options.places.root, failure)) {
    return usage("--source-root: '" + options.places.root + "' is no folder");
  }
  return {};
}

bool wants_color(const reading_options& options) {
  const color_choice choice = options.color == "always"  ? color_choice::always
                              : options.color == "never" ? color_choice::never
                                                         : color_choice::automatic;
  return use_color(choice, options.output);
}

}  // namespace track::tools
