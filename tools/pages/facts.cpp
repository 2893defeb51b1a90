#include "tools/pages/facts.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "libtrack/model/report.hpp"

namespace track::pages {
namespace {

std::vector<std::string> split(std::string_view text, char between) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(between);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

std::vector<std::string> all_kinds() {
  std::vector<std::string> names;
  for (int i = 0; i <= static_cast<int>(model::finding_kind::survivor); ++i) {
    names.emplace_back(model::name_of(static_cast<model::finding_kind>(i)));
  }
  return names;
}

bool is_value(const std::string& word) {
  return !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
    return std::islower(c) != 0 || c == ',' || c == '_';
  });
}

// CLI11 appends what validators say of themselves: "TEXT:{auto,always,never}", "UINT:INT in [1 -
// 9]".
void read_type(const std::string& type, option_facts& facts) {
  const std::size_t colon = type.find(':');
  const std::string name = type.substr(0, colon);
  const std::string checks = colon == std::string::npos ? "" : type.substr(colon + 1);
  if (checks.starts_with('{') && checks.ends_with('}')) {
    facts.placeholder = checks.substr(1, checks.size() - 2);
    facts.values = split(facts.placeholder, ',');
    std::ranges::replace(facts.placeholder, ',', '|');
    return;
  }
  facts.placeholder = name == "UINT" || name == "INT" ? "N" : name;
  for (const std::string& word : split(name, '|')) {
    if (is_value(word)) {
      facts.values.push_back(word);
    } else if (word == "KIND") {
      const auto kinds = all_kinds();
      facts.values.insert(facts.values.begin(), kinds.begin(), kinds.end());
    } else if (word == "FILE") {
      facts.how = completed_by::file;
    } else if (word == "DIR") {
      facts.how = completed_by::folder;
    }
  }
}

option_facts facts_of(const CLI::Option& option) {
  option_facts facts;
  for (const std::string& name : option.get_snames()) {
    facts.names.push_back("-" + name);
  }
  for (const std::string& name : option.get_lnames()) {
    facts.names.push_back("--" + name);
  }
  facts.help = option.get_description();
  facts.is_required = option.get_required();
  facts.is_list = option.get_delimiter() == ',';
  facts.can_repeat = option.get_expected_max() > 1 && !option.get_positional();
  if (option.get_items_expected_max() > 0) {
    read_type(option.get_type_name(), facts);
    facts.default_value = option.get_default_str();
  }
  if (facts.names.empty()) {
    const std::string name = option.get_name(true);
    facts.names.push_back(name);
    facts.can_repeat = option.get_expected_max() > 1;
    facts.how = name == "PROGRAM" ? completed_by::program
                : name.find("CAPTURE") != std::string::npos || name == "OLD" || name == "NEW"
                    ? completed_by::capture
                    : facts.how;
  }
  return facts;
}

void read_footer(const std::string& footer, command_facts& facts) {
  constexpr std::string_view mark = "Example:";
  bool in_examples = false;
  for (const std::string& line : split(footer, '\n')) {
    std::string_view text = line;
    const bool begins = text.starts_with(mark);
    in_examples |= begins;
    text.remove_prefix(begins ? mark.size() : 0);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    if (in_examples && !text.empty()) {
      facts.examples.emplace_back(text);
    } else if (!text.empty()) {
      facts.note += (facts.note.empty() ? "" : "\n") + std::string(text);
    }
  }
}

}  // namespace

command_facts facts_of(const CLI::App& command) {
  command_facts facts;
  facts.name = command.get_name();
  facts.description = command.get_description();
  facts.runs_program = command.get_prefix_command();
  read_footer(command.get_footer(), facts);
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_group().empty()) {
      (option->get_positional() ? facts.positionals : facts.options).push_back(facts_of(*option));
    }
  }
  return facts;
}

std::vector<command_facts> commands_of(const CLI::App& app) {
  std::vector<command_facts> all;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    all.push_back(facts_of(*command));
  }
  return all;
}

}  // namespace track::pages
