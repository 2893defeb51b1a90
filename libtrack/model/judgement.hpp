// What a comparison says of findings, and what suppressions did: parts of model::report. Floor 3.
//
// Plain values, made by libtrack/analysis.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace track::model {

// Against a baseline, or an older report.
enum class finding_state { added, known, grown, shrunk, changed, moved, fixed };

// Blocks over the runs in which a finding may appear.
struct block_range {
  std::uint64_t min = 0;
  std::uint64_t max = 0;
};

// An entry of a suppressions file, and what it matched.
struct suppression_use {
  std::string name;  // "leak:make_session", or the name of a Valgrind block
  std::string file;  // empty: the capture's own
  std::uint64_t line = 0;
  std::string owner;
  std::string until;  // "2027-01-31"
  std::uint64_t findings = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
};

struct suppression_uses {
  std::vector<suppression_use> used;
  std::vector<suppression_use> unused;
  std::vector<suppression_use> expired;
  std::uint64_t other_kinds = 0;  // entries about other faults than memory that was not released
};

enum class verdict { pass, fail, incomplete };

enum class judge { gate, diff };

// The verdict of `track gate`, or the summary of `track diff`: then "fail" is a difference.
struct judgement {
  verdict result = verdict::pass;
  std::string rule;                  // in words
  std::vector<std::string> faults;   // why not
  std::vector<std::string> gaps;     // evidence that is missing
  std::vector<std::string> remarks;  // good to know
  judge by = judge::gate;
};

constexpr const char* name_of(finding_state state) {
  constexpr const char* names[] = {"new", "known", "grown", "shrunk", "changed", "moved", "fixed"};
  return names[static_cast<int>(state)];
}

constexpr const char* name_of(judge by) {
  return by == judge::gate ? "gate" : "diff";
}

constexpr const char* name_of(verdict result) {
  constexpr const char* names[] = {"pass", "fail", "incomplete"};
  return names[static_cast<int>(result)];
}

}  // namespace track::model
