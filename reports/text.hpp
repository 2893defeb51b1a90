// Reports for people: one summary a process, what its evidence is worth, then what was found.
// Floor 4.
//
// Never says that nothing survived while evidence is missing. Lines are printable whatever the
// capture held. cost: linear in what is listed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "libtrack/model/report.hpp"

namespace track::reports {

struct text_options {
  std::string capture;    // its name, for the heading; may be empty
  std::size_t files = 1;  // that the report is of
  std::string again;      // the command that asks for the same again; empty: unknown
  std::string askable;    // the one capture, as a word for the shell, that every command reads
  bool color = false;
  bool full_stacks = false;     // else the innermost frames only
  bool locations = false;       // a source root was given: the place within it first
  bool survivors_only = false;  // `track survivors`: no summary of processes
  std::size_t processes_shown = 8;
  std::size_t findings_shown = SIZE_MAX;  // in full; the verdict is about all
};

std::string render_text(const model::report& report, const text_options& options);
std::string render_text(const model::site_report& report, const text_options& options);

// What was suppressed, and which suppressions were of no use; a line each.
std::string suppressions_text(const model::report& report);

}  // namespace track::reports
