// What the command line of `track` is, as plain data: completion and man pages are printed from it.
// Floor 6.
//
// Read from CLI11's description. Two conventions of tools/*.cpp carry what it has no place for: in
// the name of an option's type lower-case words between bars are values themselves, upper-case ones
// kinds of value ("DUR|auto|never", FILE, DIR, KIND); and a footer's "Example:" begins the
// examples.
#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace track::pages {

enum class completed_by { nothing, file, folder, capture, program };

struct option_facts {
  std::vector<std::string> names;  // "-o", "--output"; of a positional its one name
  std::string placeholder;         // "FILE"; empty: a flag
  std::string help;
  std::string default_value;        // empty: none that is told
  std::vector<std::string> values;  // that can be listed
  completed_by how = completed_by::nothing;
  bool is_list = false;     // of values between commas
  bool can_repeat = false;  // positionals: takes several
  bool is_required = false;
};

struct command_facts {
  std::string name;
  std::string description;
  std::string note;  // of the footer, before the examples
  std::vector<std::string> examples;
  std::vector<option_facts> options;
  std::vector<option_facts> positionals;
  bool runs_program = false;  // the words from its positional on are another program's
};

// Visible options only: one without a group is refused by name.
command_facts facts_of(const CLI::App& command);

// The subcommands of `app`, in their order.
std::vector<command_facts> commands_of(const CLI::App& app);

}  // namespace track::pages
