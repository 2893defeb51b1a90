// The verdict on runs: the contract's rule, and whether the evidence is enough for one. Floor 5.
//
// Runs are added one by one, each a report that is gathered and suppressed but not yet arranged;
// then the sum of them is judged and its findings get their state. Pure apart from its own state;
// one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libtrack/analysis/comparison.hpp"
#include "libtrack/model/report.hpp"

namespace track::analysis {

enum class required { root_and_exited, root, exited, all };

struct gate_rule {
  std::vector<model::finding_kind> faults = {model::finding_kind::lost, model::finding_kind::cycle,
                                             model::finding_kind::overdue,
                                             model::finding_kind::mismatch};
  tolerance allowed;
  std::optional<std::uint64_t> max_lost_bytes;    // of a run, with what lost blocks held
  std::optional<std::uint64_t> max_growth_per_s;  // bytes, of a finding
  std::optional<std::uint64_t> expected_runs;
  std::vector<std::string> expected_programs;
  required evidence = required::root_and_exited;
  std::vector<std::string> allowed_gaps;  // codes of QUALITY.md
};

// In words, for the report.
std::string describe(const gate_rule& rule);

class gate {
 public:
  gate(gate_rule rule, std::vector<standing> accepted)
      : rule_(std::move(rule)), accepted_(std::move(accepted)) {}

  // `name`: of the capture, for messages.
  void add(const model::report& run, const std::string& name);

  // Gives findings of the sum of all runs their state, and appends those that are fixed.
  model::judgement judge(model::report& sum);

 private:
  void look_for_gaps(const model::report& run, const std::string& name);
  void look_for_losses(const model::report& run, const std::string& name);
  void look_for_growth(const model::report& run, const std::string& name);
  void expect_all(model::judgement& judged) const;
  bool is_fault(model::finding_kind kind) const;
  std::string fault_text(const standing& found, const compared& against) const;
  void judge_standings(model::report& sum, model::judgement& judged) const;

  gate_rule rule_;
  std::vector<standing> accepted_;
  std::vector<std::vector<standing>> runs_;
  std::vector<std::vector<std::string>> programs_;
  std::vector<std::string> empty_runs_;
  std::vector<std::string> faults_;
  std::vector<std::string> gaps_;
};

// Writes what a comparison found into the findings of a report, and appends the fixed ones.
void mark_states(model::report& report, const std::vector<standing>& before,
                 const std::vector<standing>& now, const comparison& compared);

}  // namespace track::analysis
