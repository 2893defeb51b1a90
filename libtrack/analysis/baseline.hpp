// The baseline file: what a project has accepted, one line a finding. Floor 5.
//
// Text that people keep under version control: BASELINE.md beside this describes it. Comments stay
// where they are through updates. Pure functions; a file may come from anybody.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/analysis/comparison.hpp"
#include "libtrack/support/result.hpp"

namespace track::analysis {

struct baseline_line {
  standing accepted;
  std::string reason;                 // behind '#' at its end
  std::vector<std::string> comments;  // whole lines before it, empty ones too
  std::size_t number = 0;             // in the file it was read from
};

struct baseline {
  std::vector<baseline_line> lines;
  std::vector<std::string> tail;  // comments behind the last line

  std::vector<standing> standings() const;
};

// True when `head`, the first bytes of a file, begin a baseline of any version.
bool looks_like_baseline(std::string_view head);

// errors: bad_input: no baseline, of a newer version, with a conflict marker, or a line that is
// none; the message names file and line.
result<baseline> parse_baseline(std::string_view text, const std::string& file);

std::string print_baseline(const baseline& accepted);

// A new one, sorted.
baseline make_baseline(const std::vector<standing>& found);

struct baseline_change {
  std::size_t added = 0;
  std::size_t changed = 0;
  std::size_t removed = 0;
};
// Ranges grow over what was found, new findings come in sorted; nothing goes.
baseline_change widen(baseline& accepted, const std::vector<standing>& found);
// Ranges shrink to what was found, lines of `programs` that were not found go; nothing comes.
baseline_change tighten(baseline& accepted, const std::vector<standing>& found,
                        const std::vector<std::string>& programs);

// What is wrong with a file that can be read: lines that say twice what one finding may be.
std::vector<std::string> faults_of(const baseline& accepted);

}  // namespace track::analysis
