#include <algorithm>

#include "tools/pages/printing.hpp"

namespace track::pages {
namespace {

// What does not depend on the commands.
constexpr const char* helpers =
    R"(# bash completion for track                                   -*- shell-script -*-

# Outside of a completion there is nothing to hint at.
_track_hint() {
  compopt -o "$1" 2>/dev/null || :
}

_track_words() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

# Values between commas: what stands before the last one stays.
_track_list() {
  local done=
  [[ $cur != *,* ]] || done=${cur%,*},
  mapfile -t COMPREPLY < <(compgen -P "$done" -W "$1" -- "${cur##*,}")
  _track_hint nospace
}

_track_files() {
  mapfile -t COMPREPLY < <(compgen -f -- "$cur")
  _track_hint filenames
}

_track_folders() {
  mapfile -t COMPREPLY < <(compgen -d -- "$cur")
  _track_hint filenames
}

_track_captures() {
  local ending
  mapfile -t COMPREPLY < <(
    for ending in track track.partial ledger json; do
      compgen -f -X "!*.$ending" -- "$cur"
    done
    compgen -d -- "$cur")
  _track_hint filenames
}

# The program's own completion, once its name is there.
_track_program() {
  local at=$1
  if ((at < COMP_CWORD)) && declare -F _command_offset >/dev/null; then
    _command_offset "$at"
  elif ((at < COMP_CWORD)); then
    _track_files
  else
    mapfile -t COMPREPLY < <(compgen -c -- "$cur"; compgen -f -- "$cur")
    _track_hint filenames
  fi
}
)";

std::string call_for(const option_facts& option) {
  if (!option.values.empty() && option.how == completed_by::nothing) {
    return std::string(option.is_list ? "_track_list" : "_track_words") + " '" +
           joined(option.values, " ") + "'";
  }
  switch (option.how) {
    case completed_by::file:
      return "_track_files";
    case completed_by::folder:
      return "_track_folders";
    case completed_by::capture:
      return "_track_captures";
    case completed_by::program:
      return "_track_program \"$COMP_CWORD\"";
    case completed_by::nothing:
      break;
  }
  return ":";
}

std::string names_pattern(const std::string& command, const option_facts& option) {
  std::vector<std::string> patterns;
  for (const std::string& name : option.names) {
    patterns.push_back(command + ":" + name);
  }
  return joined(patterns, " | ");
}

std::string all_option_names(const command_facts& command) {
  std::vector<std::string> names;
  for (const option_facts& option : command.options) {
    names.insert(names.end(), option.names.begin(), option.names.end());
  }
  return joined(names, " ");
}

// The value of the option before the cursor; 1 when that takes none.
std::string value_function(const std::vector<command_facts>& commands) {
  std::string text = "\n_track_value() {\n  case $1 in\n";
  for (const command_facts& command : commands) {
    for (const option_facts& option : command.options) {
      if (!option.placeholder.empty()) {
        text += "    " + names_pattern(command.name, option) + ") " + call_for(option) + " ;;\n";
      }
    }
  }
  return text + "    *) return 1 ;;\n  esac\n}\n";
}

std::string option_function(const std::vector<command_facts>& commands) {
  std::string text = "\n_track_options() {\n  case $1 in\n";
  for (const command_facts& command : commands) {
    text += "    " + command.name + ") _track_words '" + all_option_names(command) + "' ;;\n";
  }
  return text + "  esac\n}\n";
}

std::string positional_function(const std::vector<command_facts>& commands) {
  std::string text = "\n_track_positional() {\n  case $1 in\n";
  for (const command_facts& command : commands) {
    const auto offered = std::ranges::find_if(command.positionals, [](const option_facts& each) {
      return each.how != completed_by::nothing;
    });
    if (offered != command.positionals.end()) {
      text += "    " + command.name + ") " + call_for(*offered) + " ;;\n";
    }
  }
  return text + "  esac\n}\n";
}

// Where the program of `track run` begins: behind the options and their values.
std::string program_function(const std::vector<command_facts>& commands) {
  std::vector<std::string> runners;
  std::vector<std::string> with_value;
  for (const command_facts& command : commands) {
    if (!command.runs_program) {
      continue;
    }
    runners.push_back(command.name);
    for (const option_facts& option : command.options) {
      if (!option.placeholder.empty()) {
        with_value.insert(with_value.end(), option.names.begin(), option.names.end());
      }
    }
  }
  return "\n# 0 when the cursor is at or behind the first word that is no option.\n"
         "_track_in_program() {\n"
         "  local i\n"
         "  case $1 in " +
         joined(runners, " | ") +
         ") ;; *) return 1 ;; esac\n"
         "  for ((i = $2 + 1; i <= COMP_CWORD; ++i)); do\n"
         "    case ${COMP_WORDS[i]} in\n"
         "      --) program_at=$((i + 1)); return $((i >= COMP_CWORD)) ;;\n"
         "      " +
         joined(with_value, " | ") +
         ")\n"
         "        [[ ${COMP_WORDS[i + 1]-} != = ]] || ((++i))\n"
         "        ((++i)) ;;\n"
         "      -*) ;;\n"
         "      *) program_at=$i; return 0 ;;\n"
         "    esac\n"
         "  done\n"
         "  return 1\n"
         "}\n";
}

}  // namespace

std::string bash_completion(const std::vector<command_facts>& commands) {
  std::vector<std::string> names;
  for (const command_facts& command : commands) {
    names.push_back(command.name);
  }
  return helpers + value_function(commands) + option_function(commands) +
         positional_function(commands) + program_function(commands) +
         R"(
_track() {
  local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} at=1 program_at=0
  COMPREPLY=()
  while ((at < COMP_CWORD)) && [[ ${COMP_WORDS[at]} == -* ]]; do
    ((++at))
  done
  if ((at >= COMP_CWORD)); then
    _track_words ')" +
         joined(names, " ") + R"( --help --version'
    return
  fi
  local command=${COMP_WORDS[at]}
  if _track_in_program "$command" "$at"; then
    _track_program "$program_at"
    return
  fi
  # Bash cuts --option=value into three words.
  if [[ $cur == = ]]; then
    cur=
  elif [[ $previous == = ]]; then
    previous=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  if _track_value "$command:$previous"; then
    return
  elif [[ $cur == -* ]]; then
    _track_options "$command"
  else
    _track_positional "$command"
  fi
}

complete -F _track track
)";
}

}  // namespace track::pages
