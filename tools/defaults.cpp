#include "tools/defaults.hpp"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tools/defaults_file.hpp"

namespace track::tools {
namespace {

namespace fs = std::filesystem;

struct defaults_choice {
  std::string file;  // of --config
  bool none = false;
};

// Options that are refused by name have no group.
CLI::Option* option_of(const CLI::App& command, const std::string& name) {
  auto* option = const_cast<CLI::App&>(command).get_option_no_throw(name);
  return option != nullptr && !option->get_group().empty() ? option : nullptr;
}

bool takes_defaults(const CLI::App& command) {
  return std::ranges::any_of(option_names_of_defaults(), [&command](const std::string& name) {
    return option_of(command, name) != nullptr;
  });
}

result<std::vector<option_default>> load(const defaults_choice& choice) {
  using all = std::vector<option_default>;
  if (choice.none) {
    return all();
  }
  if (!choice.file.empty()) {
    return fs::exists(choice.file)
               ? read_defaults(choice.file)
               : error{error_code::usage, "--config: there is no file " + choice.file};
  }
  std::error_code failure;
  const fs::path here = fs::current_path(failure);
  const auto found = failure ? std::nullopt : find_defaults_file(here.string());
  if (!found) {
    return all();
  }
  const std::string path = fs::path(*found).lexically_proximate(here).string();
  if (!fs::is_regular_file(path, failure)) {
    // Not even looked at: a pipe would keep everybody waiting who passes.
    return error{error_code::bad_input,
                 path + ": is no regular file; move it away, or use --no-config"};
  }
  return read_defaults(path);
}

// `incomplete` is a choice of `run` alone: the gate judges it anyway, with a status of its own.
void leave_out_foreign(const CLI::App& command, option_default& set) {
  if (set.option == "--fail-on" && command.get_name() != "run") {
    std::erase(set.values, "incomplete");
  }
}

void apply(const CLI::App& command, const defaults_choice& choice) {
  auto defaults = load(choice);
  if (!defaults) {
    throw defaults_error(defaults.failure());
  }
  for (option_default& set : *defaults) {
    CLI::Option* option = option_of(command, set.option);
    leave_out_foreign(command, set);
    if (option == nullptr || option->count() > 0 || set.values.empty()) {
      continue;
    }
    try {
      for (const std::string& value : set.values) {
        option->add_result(value);
      }
      option->run_callback();
    } catch (const CLI::ParseError& refused) {
      throw defaults_error({error_code::usage, set.where + ": " + refused.what()});
    }
  }
}

}  // namespace

void add_defaults(CLI::App& app) {
  for (CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!takes_defaults(*command)) {
      continue;
    }
    auto choice = std::make_shared<defaults_choice>();
    CLI::Option* file =
        command
            ->add_option("--config", choice->file,
                         "defaults of options; by default the nearest .track.toml, here or up to "
                         "the root of the repository")
            ->type_name("FILE")
            ->check([](const std::string& path) {
              return path.empty() ? std::string("the name is empty") : std::string();
            });
    command->add_flag("--no-config", choice->none, "take no defaults from a .track.toml")
        ->excludes(file);
    command->parse_complete_callback([command, choice] { apply(*command, *choice); });
  }
}

}  // namespace track::tools
