#include "tools/pages/printing.hpp"

namespace track::pages {
namespace {

std::string quoted(const std::string& text) {
  return "'" + escaped(text, "'", "'\\'") + "'";
}

// Of a description inside brackets, or behind a colon.
std::string described(const std::string& text) {
  return escaped(text, "[]:\\", "\\");
}

std::string action_of(const option_facts& option) {
  if (!option.values.empty() && option.how == completed_by::nothing) {
    return option.is_list ? "_values -s , value " + joined(option.values, " ")
                          : "(" + escaped(joined(option.values, " "), ":", "\\") + ")";
  }
  switch (option.how) {
    case completed_by::file:
      return "_files";
    case completed_by::folder:
      return "_files -/";
    case completed_by::capture:
      return "_files -g \"*.(track|track.partial|ledger|json)(-.)\"";
    case completed_by::program:
      return "_command_names -e";
    case completed_by::nothing:
      break;
  }
  return " ";
}

std::string value_spec(const option_facts& option) {
  return option.placeholder.empty() ? ""
                                    : ":" + described(option.placeholder) + ":" + action_of(option);
}

// _arguments wants "--name=" for a value in the same word or the next, "-n+" for short ones.
std::string spec_of(const option_facts& option, const std::string& name) {
  const bool is_long = name.starts_with("--");
  const std::string takes = option.placeholder.empty() ? "" : is_long ? "=" : "+";
  const std::string excluded = option.can_repeat ? "*" : "(" + joined(option.names, " ") + ")";
  return quoted(excluded + name + takes + "[" + described(option.help) + "]" + value_spec(option));
}

std::string arguments_of(const command_facts& command) {
  std::string text;
  const auto add = [&text](const std::string& spec) { text += " \\\n            " + spec; };
  for (const option_facts& option : command.options) {
    for (const std::string& name : option.names) {
      add(spec_of(option, name));
    }
  }
  if (command.runs_program) {
    add("'(-)1:program:_command_names -e'");
    add("'*::argument:_normal'");
    return text;
  }
  int number = 1;
  for (const option_facts& option : command.positionals) {
    const std::string where = option.can_repeat ? "*" : std::to_string(number++);
    add(quoted(where + (option.is_required ? ":" : "::") + described(option.names.front()) + ":" +
               action_of(option)));
  }
  return text;
}

}  // namespace

std::string zsh_completion(const std::vector<command_facts>& commands) {
  std::string text =
      "#compdef track\n\n"
      "_track() {\n"
      "  local curcontext=\"$curcontext\" state line ret=1\n"
      "  typeset -A opt_args\n"
      "  _arguments -C \\\n"
      "    '(- *)--help[what there is]' '(- *)--version[which version this is]' \\\n"
      "    '1:command:->command' '*::argument:->argument' && ret=0\n"
      "  case $state in\n"
      "    command)\n"
      "      local -a commands=(\n";
  for (const command_facts& command : commands) {
    text += "        " + quoted(command.name + ":" + command.description) + "\n";
  }
  text +=
      "      )\n"
      "      _describe -t commands 'track command' commands && ret=0\n"
      "      ;;\n"
      "    argument)\n"
      "      curcontext=${curcontext%:*:*}:track-$words[1]:\n"
      "      case $words[1] in\n";
  for (const command_facts& command : commands) {
    text += "        " + command.name + ")\n          _arguments -s -S" +
            (command.runs_program ? " -A '-*'" : "") + arguments_of(command) +
            " && ret=0\n          ;;\n";
  }
  return text +
         "      esac\n"
         "      ;;\n"
         "  esac\n"
         "  return ret\n"
         "}\n\n"
         "_track \"$@\"\n";
}

}  // namespace track::pages
