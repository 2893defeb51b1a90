// Several reports as one: of a directory's captures, of one suite's jobs. Floor 5.
//
// Processes are numbered anew in the order of the reports and know the file they are from. Findings
// that look the same in kind, functions and stacks are one, as they are within one capture; counts
// add up. Takes reports before they are arranged, or those read back from JSON. One thread.
// cost: a hash of each finding's stacks.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "libtrack/analysis/looks.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

// The span of both; a median of the two is not known.
std::optional<model::age> joined_ages(const std::optional<model::age>& a,
                                      const std::optional<model::age>& b);
// Unknown if one of them is.
void add_blocks(std::optional<model::block_sum>& into, const std::optional<model::block_sum>& more);

// Counts of a cycle of the same shape, whose members stand in the same order.
void add_cycle(model::cycle& into, const model::cycle& more);

// Puts findings into a list that must outlive it, equal ones into one.
class finding_joiner {
 public:
  explicit finding_joiner(std::vector<model::finding>& findings) : findings_(findings) {}
  void add(model::finding finding);
  // What comes next shares no frames with what was added.
  void end_report() { looks_.forget_frames(); }
  void forget() {
    places_.clear();
    looks_ = {};
  }

 private:
  std::vector<model::finding>& findings_;
  look_table looks_;
  std::unordered_map<std::string, std::size_t> places_;  // look of a finding → in findings_
};

class report_merger {
 public:
  // `capture` names the file the report is of.
  void add(model::report more, const std::string& capture);

  // The sum of what was added.
  model::report take();

  report_merger() = default;
  report_merger(const report_merger&) = delete;
  report_merger& operator=(const report_merger&) = delete;

 private:
  model::report sum_;
  finding_joiner joiner_{sum_.findings};
};

// Makes findings of several processes of one report that look the same one.
void join_equal_findings(model::report& report);

}  // namespace track::analysis
