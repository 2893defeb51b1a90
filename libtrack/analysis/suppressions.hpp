// Findings that somebody has decided to live with: files in two syntaxes, and what they match.
// Floor 5.
//
// LeakSanitizer's lines ("leak:PATTERN") and Valgrind's blocks may stand in one file;
// SUPPRESSIONS.md beside this says what is read how. A set is filled from files, then asked about
// the findings of all captures of one command, and remembers which entry was of use. One thread.
// cost: entries times frames a finding.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/model/report.hpp"
#include "libtrack/support/result.hpp"

namespace track::analysis {

// One line of a Valgrind block.
struct frame_rule {
  enum class about { function, object, source, any };
  about what = about::function;
  std::string pattern;      // '*' and '?'; of `source`: the file
  std::string demangled;    // of a mangled function, as a pattern; empty: it is none
  std::string line_number;  // of `source`; empty: any
};

struct suppression {
  model::suppression_use use;      // where it stands, and what it matched
  model::suppression_use of_held;  // survivors whose lost part has a finding of its own
  std::vector<model::finding_kind> kinds;
  std::string fingerprint;         // of a fingerprint: line
  std::string pattern;             // of a line with a pattern
  std::vector<frame_rule> frames;  // of a Valgrind block
  bool expired = false;
};

// The entries of a text. `file`: for messages, empty: stored in a capture; `today`: "2026-11-22".
// errors: usage: a line that means nothing, with its place and what to write instead.
struct parsed_suppressions {
  std::vector<suppression> entries;
  std::uint64_t other_kinds = 0;  // blocks about other faults
};
result<parsed_suppressions> parse_suppressions(std::string_view text, const std::string& file,
                                               std::string_view today);

// Whether an entry is about this finding; expired or not.
bool matches(const suppression& entry, const model::finding& finding);

// LeakSanitizer's patterns: a substring, where '*' stands for anything, '^' for the beginning and
// '$' for the end.
bool template_matches(std::string_view pattern, std::string_view text);

class suppression_set {
 public:
  // `today`: "2026-11-22", UTC; entries whose last day was before it match nothing.
  explicit suppression_set(std::string today) : today_(std::move(today)) {}

  // The same text of the same file counts once: all captures of a run bring their defaults along.
  result<void> add(std::string_view text, const std::string& file);

  // Marks findings and counts for which entry; the first that matches has it. Blocks of marked
  // findings that a still tells of move to their process's class `suppressed`.
  void apply(model::report& report);

  // What came of it, over all reports so far.
  model::suppression_uses uses() const;

 private:
  std::string today_;
  std::vector<suppression> entries_;
  std::vector<std::string> known_;  // texts that were added, with their file
  std::uint64_t other_kinds_ = 0;
};

}  // namespace track::analysis
