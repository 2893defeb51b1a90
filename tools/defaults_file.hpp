// `.track.toml`: what a project sets as defaults of options. Floor 6; see tools/DEFAULTS.md.
//
// The file can name defaults of the options in its table and nothing else: it starts nothing,
// writes nothing, and says nothing of where output goes. Whoever can put one into a directory of
// yours must not gain more by it than a wrong answer.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/support/result.hpp"

namespace track::tools {

inline constexpr const char* defaults_name = ".track.toml";

// Of the options that the file can set, as "--baseline".
std::vector<std::string> option_names_of_defaults();

// What one line of the file says of one option.
struct option_default {
  std::string option;  // "--suppressions"
  std::vector<std::string> values;
  std::string where;  // file:line:column, for messages
};

// The file for work in `folder`: the nearest upwards, the folder with a `.git` being the last that
// is looked into. Outside a repository parents belong to anybody, so `folder` alone counts.
std::optional<std::string> find_defaults_file(const std::string& folder);

// `path`: for messages, and what relative paths in the text are relative to.
// errors: bad_input: no TOML; usage: unknown keys, wrong types, values that no option takes.
result<std::vector<option_default>> parse_defaults(std::string_view text, const std::string& path);

// errors: bad_input, too: unreadable.
result<std::vector<option_default>> read_defaults(const std::string& path);

}  // namespace track::tools
