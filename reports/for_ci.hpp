// What the reports for CI systems share: which findings count, which of them fail, where they are,
// what evidence is missing. Floor 4.
//
// Private to reports/. Pure. With a judgement its verdict is followed: no finding fails what the
// gate lets pass. cost: linear, but for the faults, which are searched for each finding that fails.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "libtrack/model/report.hpp"

namespace track::reports {

// Evidence that is missing.
struct evidence_gap {
  std::string who;          // "process 3 (app)"; the gate, when it is about no process
  std::string code;         // of QUALITY.md, or "evidence"
  std::string detail;       // as it came, like `who`
  bool is_demanded = true;  // false: the gate's rule does without
};

// Worth a line: not suppressed, nobody's but the program's, no survivor; with states, what is new,
// grown or changed.
bool counts(const model::finding& finding);

// Lost, cycle, overdue, mismatch.
bool is_fault_kind(model::finding_kind kind);

// Counts, and is why the verdict is no; without a judgement, whatever counts.
bool fails(const model::report& report, const model::finding& finding);

// The gate's faults that are about no finding that fails: too many bytes lost, say.
std::vector<std::string> other_faults(const model::report& report);

// Those that are demanded first.
std::vector<evidence_gap> gaps_of(const model::report& report);

// The frame to show: within the source root, else the innermost of user code, else the innermost.
// Null: there is no stack. Points into the finding.
const model::frame* place_of(const model::finding& finding);

// The program's file name; "(unknown program)".
std::string program_of(const model::process& process);

// At most `most` bytes and an ellipsis; UTF-8 stays whole.
std::string shortened(std::string_view text, std::size_t most);

enum class frames { all, of_users };

// What the text report says of it, without the remedy; no longer than `most` bytes and an ellipsis.
std::string details_of(const model::finding& finding, frames wanted, std::size_t most);

// Numbers of findings that do not count, by why.
struct uncounted {
  std::uint64_t known = 0;  // as many as before, or fewer
  std::uint64_t moved = 0;
  std::uint64_t fixed = 0;
  std::uint64_t suppressed = 0;
  std::uint64_t survivors = 0;
};
uncounted uncounted_of(const model::report& report);

}  // namespace track::reports
