// Defaults of `.track.toml` for options that the command line leaves open. Floor 6.
#pragma once

#include <utility>

#include <CLI/CLI.hpp>

#include "libtrack/support/result.hpp"

namespace track::tools {

// What is wrong with the file, on its way through CLI11 to main.
class defaults_error : public CLI::Error {
 public:
  explicit defaults_error(error failure)
      : CLI::Error("DefaultsError", failure.message, static_cast<int>(failure.code)),
        failure_(std::move(failure)) {}

  const error& failure() const { return failure_; }

 private:
  error failure_;
};

// Adds --config and --no-config to each subcommand of `app` that has an option the file can set,
// and sets those that the command line did not. Call it when all options are there. errors: thrown
// as defaults_error when a command line is parsed.
void add_defaults(CLI::App& app);

}  // namespace track::tools
