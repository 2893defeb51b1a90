// What CAPTURE on the command line stands for: files found, opened, and made one report. Floor 6.
//
// A name is a capture, a ledger, JSON of `track report`, a directory, or a glob, in this order; a
// directory stands for its captures, finished or not, and for its ledgers when it has none. Behind
// an '@' it may name a still.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "libtrack/analysis/report.hpp"
#include "libtrack/capture/contents.hpp"
#include "libtrack/capture/reader.hpp"
#include "libtrack/model/report.hpp"
#include "libtrack/support/result.hpp"
#include "tools/page.hpp"
#include "tools/reading.hpp"

namespace track::tools {

// The newest *.track here. errors: usage, when there is none.
result<std::string> default_capture();

struct opened_capture {
  std::string path;
  capture::reader reader;
};
// Opens one capture or ledger, by default the newest; one without names gets them from the modules
// of this machine. errors: bad_input.
result<opened_capture> open_capture(const std::string& path);

struct loaded_capture {
  std::string path;
  capture::contents contents;
};
result<loaded_capture> load_capture(const std::string& path);

struct named_capture {
  std::string path;  // empty: the newest *.track here
  analysis::still_choice still;
};
// "app.track@10m" → the file and the still; a file that is called so is itself.
// errors: usage: what stands behind '@' names no still.
result<named_capture> parse_capture_name(const std::string& name);

// The files that `names` stand for, each once, those of a directory or a glob by name.
// errors: bad_input: a directory without captures, a name that nothing matches.
result<std::vector<named_capture>> find_captures(const std::vector<std::string>& names);

// A capture and the way to its graphs.
analysis::graph_source graphs_of(capture::reader& reader);

// How what is found is taken in.
struct taking {
  analysis::suppression_set* suppressions = nullptr;  // filled; defaults of captures come with them
  bool retained = false;
  bool typed = false;  // survivors with their types
  analysis::object_survivors objects = analysis::object_survivors::none;
  bool all_containers = false;                      // also those that do not grow
  const analysis::source_places* places = nullptr;  // of sources; must outlive the call
  bool charts = false;                              // for a page
  bool embed_source = false;                        // likewise; wants `places`
  // Called with each report before it becomes part of the sum, and the file it is from.
  std::function<void(const model::report& run, const std::string& name)> each = {};
};

struct evidence {
  std::string name;  // for headings: the file, or what was asked for
  std::size_t files = 0;
  bool can_be_asked = false;  // a capture or ledger: every command reads it
  model::report report;
  tools::page page;  // its charts only where they were wanted
};
// Everything that `names` hold (none: the newest *.track here) as one arranged report.
// cost: one file at a time is in memory besides the report.
result<evidence> report_on(const std::vector<std::string>& names,
                           const analysis::report_options& wanted, const taking& how);
// Not arranged yet.
result<evidence> gather_evidence(const std::vector<std::string>& names, const taking& how);

// The text of a file that an option names. errors: usage: there is none; bad_input: unreadable.
result<std::string> read_named_file(const std::string& option, const std::string& path);

// The set for one command, of these files. errors: usage: there is none, or bad lines; bad_input:
// unreadable.
result<analysis::suppression_set> read_suppressions(const std::vector<std::string>& files);

}  // namespace track::tools
