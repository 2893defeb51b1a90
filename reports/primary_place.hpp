// The one place in a source tree to show a finding at, for formats that demand one. Floor 4.
//
// Services reject a whole file over one result without a place, so there is always a file: the
// source, else the module that the code is in, else the program. Pure; for any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

struct primary_place {
  std::string file;                   // never empty
  std::optional<std::uint32_t> line;  // of a source
  std::string function;               // empty: unknown
  bool is_source = false;             // false: `file` is a binary, or "unknown"
};

// The finding's location, else the first frame of user code that has a source, else a binary.
primary_place primary_place_of(const model::report& report, const model::finding& finding);

// Within one stack: the first of user code, else the first; null: no frame has a source.
const model::frame* source_frame(const model::stack& frames);

// Where to show what is about the whole run: the first process's program.
primary_place program_place(const model::report& report);

}  // namespace track::reports
