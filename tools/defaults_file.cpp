#include "tools/defaults_file.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <numeric>
#include <utility>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include "libtrack/support/files.hpp"
#include "libtrack/support/text.hpp"
#include "tools/reading.hpp"

namespace track::tools {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t most_bytes = 1u << 20;

enum class shape { text, list };
enum class meaning { file, folder, path_map, kind, glob };

struct known_key {
  std::string_view name;
  shape wants;
  meaning of_values;
  std::string_view example;
};

constexpr known_key known_keys[] = {
    {"baseline", shape::text, meaning::file, "\"leaks.txt\""},
    {"fail-on", shape::list, meaning::kind, "[\"lost\", \"cycle\"]"},
    {"path-map", shape::list, meaning::path_map, "[\"/build=.\"]"},
    {"skip", shape::list, meaning::glob, "[\"*/ccache\"]"},
    {"source-root", shape::text, meaning::folder, "\".\""},
    {"suppressions", shape::list, meaning::file, "[\"known.supp\"]"},
};

// Something wrong at one place of the file.
error at(const std::string& where, const std::string& what) {
  return {error_code::usage, where + ": " + what};
}

std::string place(const std::string& path, const toml::source_region& source) {
  return escape_control(path) + ":" + std::to_string(source.begin.line) + ":" +
         std::to_string(source.begin.column);
}

std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t changed = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({changed, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

error unknown_key(const std::string& where, std::string_view key) {
  constexpr std::size_t most_typos = 3;
  constexpr std::size_t longest_key = 32;
  std::string text = "unknown key '" + escape_control(key) + "'";
  const auto distance = [key](const known_key& known) { return edit_distance(key, known.name); };
  const auto nearest = std::ranges::min_element(known_keys, {}, distance);
  if (key.size() <= longest_key && distance(*nearest) <= most_typos) {
    return at(where, text + "; did you mean '" + std::string(nearest->name) + "'?");
  }
  text += "; there are";
  for (const known_key& known : known_keys) {
    text += (&known == known_keys ? " " : ", ") + std::string(known.name);
  }
  return at(where, text);
}

error wrong_type(const std::string& where, const known_key& key) {
  return at(where, std::string(key.name) + " takes " +
                       (key.wants == shape::text ? "a string" : "a list of strings") + "; write " +
                       std::string(key.name) + " = " + std::string(key.example));
}

std::string against(const fs::path& folder, const std::string& path) {
  return (folder / path).lexically_normal().string();
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  const auto [of_folder, of_path] = std::ranges::mismatch(folder, path);
  return of_folder == folder.end();
}

result<std::string> value_of(const known_key& key, const std::string& text,
                             const std::string& where, const fs::path& folder) {
  const std::string name(key.name);
  if (text.empty()) {
    return at(where, name + " is an empty string; leave the line out instead");
  }
  if (text.find('\0') != std::string::npos) {
    return at(where, name + " holds a NUL character, which no path or pattern can");
  }
  switch (key.of_values) {
    case meaning::file:
      return against(folder, text);
    case meaning::folder: {
      const std::string whole = against(folder, text);
      // Reports may quote sources: which ones, a file that came with the project must not widen.
      return is_inside(whole, folder)
                 ? result<std::string>(whole)
                 : at(where, name + " leaves the folder of this file; give --" + name +
                                 " on the command line instead");
    }
    case meaning::path_map: {
      const std::size_t equals = text.find('=');
      if (equals == 0 || equals == std::string::npos) {
        return at(where, name + ": '" + escape_control(text) + "' is not FROM=TO");
      }
      const std::string to = text.substr(equals + 1);
      return text.substr(0, equals + 1) + (to.empty() ? "" : against(folder, to));
    }
    case meaning::kind: {
      const auto kind = parse_kind(escape_control(text), name);
      return kind || text == "incomplete" ? result<std::string>(text)
                                          : at(where, kind.failure().message + ", and incomplete");
    }
    case meaning::glob:
      break;
  }
  return text;
}

result<option_default> read_key(const known_key& key, const toml::node& node,
                                const std::string& path) {
  const fs::path folder = fs::absolute(path).lexically_normal().parent_path();
  option_default read{"--" + std::string(key.name), {}, place(path, node.source())};
  const toml::array* list = node.as_array();
  if ((key.wants == shape::list) != (list != nullptr)) {
    return wrong_type(read.where, key);
  }
  if (list != nullptr && list->empty()) {
    return at(read.where, std::string(key.name) + " is empty; leave the line out instead");
  }
  const std::size_t count = list == nullptr ? 1 : list->size();
  for (std::size_t i = 0; i < count; ++i) {
    const toml::node& item = list == nullptr ? node : *list->get(i);
    const std::string where = place(path, item.source());
    const auto* text = item.as_string();
    if (text == nullptr) {
      return wrong_type(where, key);
    }
    auto value = value_of(key, text->get(), where, folder);
    if (!value) {
      return value.failure();
    }
    read.values.push_back(*std::move(value));
  }
  return read;
}

}  // namespace

std::vector<std::string> option_names_of_defaults() {
  std::vector<std::string> names;
  for (const known_key& known : known_keys) {
    names.push_back("--" + std::string(known.name));
  }
  return names;
}

std::optional<std::string> find_defaults_file(const std::string& folder) {
  std::error_code failure;
  fs::path looked_into = fs::path(folder).lexically_normal();
  std::optional<std::string> found;
  for (bool is_first = true;; is_first = false) {
    const fs::path candidate = looked_into / defaults_name;
    if (!found && fs::exists(fs::symlink_status(candidate, failure))) {
      found = candidate.string();
      if (is_first) {
        return found;
      }
    }
    if (fs::exists(fs::symlink_status(looked_into / ".git", failure))) {
      return found;
    }
    if (!looked_into.has_relative_path()) {
      return std::nullopt;
    }
    looked_into = looked_into.parent_path();
  }
}

result<std::vector<option_default>> parse_defaults(std::string_view text, const std::string& path) {
  const toml::parse_result parsed = toml::parse(text);
  if (!parsed) {
    return error{error_code::bad_input, place(path, parsed.error().source()) + ": is no TOML: " +
                                            escape_control(parsed.error().description()) +
                                            "; mend the file, or leave it aside with --no-config"};
  }
  std::vector<option_default> defaults;
  for (const auto& [key, node] : parsed.table()) {
    const auto* known = std::ranges::find(known_keys, key.str(), &known_key::name);
    if (known == std::end(known_keys)) {
      return unknown_key(place(path, key.source()), key.str());
    }
    auto read = read_key(*known, node, path);
    if (!read) {
      return read.failure();
    }
    defaults.push_back(*std::move(read));
  }
  return defaults;
}

result<std::vector<option_default>> read_defaults(const std::string& path) {
  const auto text = read_file(path, most_bytes);
  return text ? parse_defaults(*text, path) : result<std::vector<option_default>>(text.failure());
}

}  // namespace track::tools
