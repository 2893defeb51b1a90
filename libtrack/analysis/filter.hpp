// Which findings and sites a question is about. Floor 5. Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "libtrack/model/report.hpp"

namespace track::analysis {

// Globs of glob_match; one that starts with "!" excludes. A stack passes when, of each list, some
// frame matches an including glob (or there is none) and no frame matches an excluding one.
struct filter {
  std::vector<model::finding_kind> kinds;  // empty: all
  std::vector<std::string> modules;        // against the module's file name
  std::vector<std::string> functions;      // against the demangled function, parameters or not
  std::vector<std::string> files;          // against the source path or its file name
  std::vector<std::string> types;          // against the type of what is found
  std::vector<std::string> labels;         // against the label of tracked objects
  std::vector<std::string> tests;          // against the test in which they were born
  std::uint64_t min_bytes = 0;

  bool about_stacks() const { return !modules.empty() || !functions.empty() || !files.empty(); }
  bool narrows() const {
    return about_stacks() || !kinds.empty() || !types.empty() || !labels.empty() ||
           !tests.empty() || min_bytes != 0;
  }
};

bool admits_stack(const filter& wanted, const model::stack& frames);
bool admits(const filter& wanted, const model::finding& finding);

}  // namespace track::analysis
