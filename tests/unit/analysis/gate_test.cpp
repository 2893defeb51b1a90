#include "libtrack/analysis/gate.hpp"

#include <gtest/gtest.h>

namespace track::analysis {
namespace {

using model::finding_kind;
using model::finding_state;
using model::verdict;

model::stack stack_of(const std::vector<std::string>& functions) {
  model::stack frames;
  for (const std::string& function : functions) {
    model::frame frame;
    frame.function = function;
    frame.module = "app";
    frames.push_back(frame);
  }
  return frames;
}

const std::vector<std::string> plain = {"make(int)", "serve()", "run()", "main"};

model::finding found(finding_kind kind, char print, std::uint64_t blocks,
                     const std::vector<std::string>& functions = plain) {
  model::finding finding;
  finding.kind = kind;
  finding.fingerprint = std::string(16, print);
  finding.blocks = blocks;
  finding.bytes = blocks * 8;
  finding.processes = {0};
  finding.allocated = stack_of(functions);
  return finding;
}

model::report run_with(std::vector<model::finding> findings) {
  model::report report;
  model::process process;
  process.program = "app";
  process.exit.kind = model::exit_kind::exited;
  process.totals.allocations = 10;
  process.heap.emplace();
  report.processes.push_back(process);
  report.findings = std::move(findings);
  return report;
}

struct judged {
  model::judgement verdict;
  model::report report;
};

judged judge(const std::vector<model::report>& runs, const std::vector<standing>& accepted,
             const gate_rule& rule = {}) {
  gate asked(rule, accepted);
  model::report sum;
  for (const model::report& run : runs) {
    asked.add(run, "run.track");
    sum.findings.insert(sum.findings.end(), run.findings.begin(), run.findings.end());
  }
  judged made;
  made.verdict = asked.judge(sum);
  made.report = sum;
  return made;
}

std::vector<standing> accepting(const std::vector<model::finding>& findings) {
  return standings_of(run_with(findings));
}

TEST(gate, without_a_baseline_anything_is_new) {
  EXPECT_EQ(judge({run_with({})}, {}).verdict.result, verdict::pass);
  const judged one = judge({run_with({found(finding_kind::lost, 'a', 1)})}, {});
  EXPECT_EQ(one.verdict.result, verdict::fail);
  EXPECT_EQ(one.report.findings[0].state, finding_state::added);
  EXPECT_FALSE(one.report.findings[0].baseline);
}

TEST(gate, the_same_twice_is_known) {
  const model::finding leak = found(finding_kind::lost, 'a', 5);
  const judged one = judge({run_with({leak})}, accepting({leak}));
  EXPECT_EQ(one.verdict.result, verdict::pass);
  EXPECT_EQ(one.report.findings[0].state, finding_state::known);
  EXPECT_EQ(one.report.findings[0].baseline->max, 5u);
}

TEST(gate, only_kinds_of_the_rule_are_faults) {
  for (const finding_kind kind : {finding_kind::possibly_lost, finding_kind::survivor,
                                  finding_kind::cache, finding_kind::growth}) {
    EXPECT_EQ(judge({run_with({found(kind, 'a', 1)})}, {}).verdict.result, verdict::pass);
  }
  for (const finding_kind kind :
       {finding_kind::lost, finding_kind::cycle, finding_kind::overdue, finding_kind::mismatch}) {
    EXPECT_EQ(judge({run_with({found(kind, 'a', 1)})}, {}).verdict.result, verdict::fail);
  }
  gate_rule rule;
  rule.faults = {finding_kind::possibly_lost};
  EXPECT_EQ(
      judge({run_with({found(finding_kind::possibly_lost, 'a', 1)})}, {}, rule).verdict.result,
      verdict::fail);
  EXPECT_EQ(judge({run_with({found(finding_kind::lost, 'a', 1)})}, {}, rule).verdict.result,
            verdict::pass);
}

TEST(gate, suppressed_findings_and_the_runtimes_do_not_count) {
  model::finding suppressed = found(finding_kind::lost, 'a', 1);
  suppressed.suppressed = true;
  model::finding runtime = found(finding_kind::lost, 'b', 1);
  runtime.runtime = true;
  EXPECT_EQ(judge({run_with({suppressed, runtime})}, {}).verdict.result, verdict::pass);
}

TEST(gate, ranges_have_a_tolerance_unless_strict) {
  const auto accepted = accepting({found(finding_kind::lost, 'a', 5)});
  const auto with = [&](std::uint64_t blocks, bool strict) {
    gate_rule rule;
    rule.allowed.strict = strict;
    return judge({run_with({found(finding_kind::lost, 'a', blocks)})}, accepted, rule)
        .verdict.result;
  };
  EXPECT_EQ(with(7, false), verdict::pass);
  EXPECT_EQ(with(8, false), verdict::fail);
  EXPECT_EQ(with(5, true), verdict::pass);
  EXPECT_EQ(with(6, true), verdict::fail);
  const auto many = accepting({found(finding_kind::lost, 'a', 100)});
  EXPECT_EQ(judge({run_with({found(finding_kind::lost, 'a', 110)})}, many).verdict.result,
            verdict::pass);
  EXPECT_EQ(judge({run_with({found(finding_kind::lost, 'a', 111)})}, many).verdict.result,
            verdict::fail);
}

TEST(gate, ranges_are_of_a_run_and_not_of_their_sum) {
  const model::finding leak = found(finding_kind::lost, 'a', 5);
  EXPECT_EQ(judge({run_with({leak}), run_with({leak}), run_with({leak})}, accepting({leak}))
                .verdict.result,
            verdict::pass);
}

TEST(gate, another_kind_of_loss_is_changed_and_not_new) {
  const auto accepted = accepting({found(finding_kind::lost, 'a', 5)});
  const judged one = judge({run_with({found(finding_kind::cycle, 'a', 5)})}, accepted);
  EXPECT_EQ(one.verdict.result, verdict::pass);
  EXPECT_EQ(one.report.findings[0].state, finding_state::changed);
  // Both together may not be more than before.
  EXPECT_EQ(
      judge({run_with({found(finding_kind::lost, 'a', 5), found(finding_kind::cycle, 'a', 5)})},
            accepted)
          .verdict.result,
      verdict::fail);
  // A mismatch is no loss.
  EXPECT_EQ(judge({run_with({found(finding_kind::mismatch, 'a', 1)})}, accepted).verdict.result,
            verdict::fail);
}

TEST(gate, a_place_with_a_frame_added_is_moved) {
  const auto accepted = accepting({found(finding_kind::lost, 'a', 5)});
  const model::finding moved =
      found(finding_kind::lost, 'b', 5, {"make(int)", "wrapper()", "serve()", "run()", "main"});
  const judged one = judge({run_with({moved})}, accepted);
  EXPECT_EQ(one.verdict.result, verdict::pass);
  EXPECT_EQ(one.report.findings[0].state, finding_state::moved);
  // When the old one is still there, it is another.
  EXPECT_EQ(judge({run_with({found(finding_kind::lost, 'a', 5), moved})}, accepted).verdict.result,
            verdict::fail);
  // Two shared frames are not enough.
  const model::finding other =
      found(finding_kind::lost, 'b', 5, {"parse()", "serve()", "run()", "start()"});
  EXPECT_EQ(judge({run_with({other})}, accepted).verdict.result, verdict::fail);
}

TEST(gate, a_short_stack_is_moved_when_all_of_it_is_shared) {
  const auto accepted = accepting({found(finding_kind::lost, 'a', 5, {"make(int)", "main"})});
  EXPECT_EQ(
      judge({run_with({found(finding_kind::lost, 'b', 5, {"make(int)", "f()", "main"})})}, accepted)
          .verdict.result,
      verdict::pass);
  EXPECT_EQ(
      judge({run_with({found(finding_kind::lost, 'b', 5, {"parse()", "f()", "main"})})}, accepted)
          .verdict.result,
      verdict::fail);
}

TEST(gate, what_is_gone_is_fixed_and_what_did_not_run_is_not) {
  const auto accepted = accepting({found(finding_kind::lost, 'a', 5)});
  const judged one = judge({run_with({})}, accepted);
  EXPECT_EQ(one.verdict.result, verdict::pass);
  ASSERT_EQ(one.report.findings.size(), 1u);
  EXPECT_EQ(one.report.findings[0].state, finding_state::fixed);
  model::report other = run_with({});
  other.processes[0].program = "other";
  EXPECT_TRUE(judge({other}, accepted).report.findings.empty());
}

model::report killed_run() {
  model::report run = run_with({});
  run.processes[0].exit.kind = model::exit_kind::signaled;
  run.processes[0].heap.reset();
  run.processes[0].quality.complete = false;
  run.processes[0].quality.reasons = {{"killed_before_still", "ended by signal 9"}};
  return run;
}

TEST(gate, incomplete_evidence_is_no_pass_and_faults_win_over_it) {
  const judged one = judge({killed_run()}, {});
  EXPECT_EQ(one.verdict.result, verdict::incomplete);
  ASSERT_EQ(one.verdict.gaps.size(), 1u);
  EXPECT_NE(one.verdict.gaps[0].find("killed_before_still"), std::string::npos);
  model::report both = killed_run();
  both.findings.push_back(found(finding_kind::mismatch, 'a', 1));
  const judged two = judge({both}, {});
  EXPECT_EQ(two.verdict.result, verdict::fail);
  EXPECT_EQ(two.verdict.gaps.size(), 1u);
  gate_rule rule;
  rule.allowed_gaps = {"killed_before_still"};
  EXPECT_EQ(judge({killed_run()}, {}, rule).verdict.result, verdict::pass);
}

TEST(gate, a_process_that_exited_without_a_still_proves_nothing) {
  model::report run = run_with({});
  run.processes[0].heap.reset();
  EXPECT_EQ(judge({run}, {}).verdict.result, verdict::incomplete);
  gate_rule rule;
  rule.allowed_gaps = {"no_still"};
  EXPECT_EQ(judge({run}, {}, rule).verdict.result, verdict::pass);
}

TEST(gate, whose_evidence_is_required_can_be_said) {
  model::report run = run_with({});
  model::process child = killed_run().processes[0];
  child.number = 1;
  child.parent = 0;
  run.processes.push_back(child);
  gate_rule rule;
  EXPECT_EQ(judge({run}, {}, rule).verdict.result, verdict::pass);  // listed, not demanded
  rule.evidence = required::all;
  EXPECT_EQ(judge({run}, {}, rule).verdict.result, verdict::incomplete);
  model::report root_killed = killed_run();
  rule.evidence = required::exited;
  EXPECT_EQ(judge({root_killed}, {}, rule).verdict.result, verdict::pass);
  rule.evidence = required::root;
  EXPECT_EQ(judge({root_killed}, {}, rule).verdict.result, verdict::incomplete);
}

TEST(gate, expected_runs_and_programs_must_be_there) {
  gate_rule rule;
  rule.expected_runs = 2;
  EXPECT_EQ(judge({run_with({})}, {}, rule).verdict.result, verdict::incomplete);
  EXPECT_EQ(judge({run_with({}), run_with({})}, {}, rule).verdict.result, verdict::pass);
  rule.expected_runs.reset();
  rule.expected_programs = {"/usr/bin/app"};
  EXPECT_EQ(judge({run_with({})}, {}, rule).verdict.result, verdict::pass);
  rule.expected_programs = {"tool"};
  EXPECT_EQ(judge({run_with({})}, {}, rule).verdict.result, verdict::incomplete);
  rule.expected_programs = {"app"};
  model::report empty = run_with({});
  empty.processes[0].totals.allocations = 0;
  EXPECT_EQ(judge({empty}, {}, rule).verdict.result, verdict::pass);  // it just needed none
  empty.processes.clear();
  EXPECT_EQ(judge({empty}, {}, rule).verdict.result, verdict::incomplete);
}

TEST(gate, lost_bytes_of_a_run_have_a_limit) {
  model::finding leak = found(finding_kind::lost, 'a', 5);
  leak.retained = model::block_sum{9, 1000};
  gate_rule rule;
  rule.max_lost_bytes = 1000;
  EXPECT_EQ(judge({run_with({leak})}, accepting({leak}), rule).verdict.result, verdict::pass);
  rule.max_lost_bytes = 999;
  EXPECT_EQ(judge({run_with({leak})}, accepting({leak}), rule).verdict.result, verdict::fail);
}

TEST(gate, one_place_with_many_callers_is_remarked) {
  std::vector<model::finding> leaks;
  for (const char print : {'a', 'b', 'c'}) {
    leaks.push_back(found(finding_kind::lost, print, 1, {"copy_of(char const*)", {print}, "main"}));
  }
  EXPECT_TRUE(judge({run_with({leaks[0], leaks[1]})}, {}).verdict.remarks.empty());
  const judged three = judge({run_with(leaks)}, {});
  ASSERT_EQ(three.verdict.remarks.size(), 1u);
  EXPECT_NE(three.verdict.remarks[0].find("3 of the new ones are in copy_of:"), std::string::npos);
  EXPECT_TRUE(judge({run_with(leaks)}, accepting(leaks)).verdict.remarks.empty());
}

TEST(gate, weak_fingerprints_are_remarked) {
  model::finding weak = found(finding_kind::lost, 'a', 1);
  weak.weak = true;
  EXPECT_EQ(judge({run_with({weak})}, accepting({weak})).verdict.remarks.size(), 1u);
}

TEST(standings, ranges_go_down_to_zero_only_where_the_program_ran) {
  const auto run = standings_of(run_with({found(finding_kind::lost, 'a', 5)}));
  const auto also = standings_of_runs({run, {}}, {{"app"}, {"app"}});
  EXPECT_EQ(also[0].blocks.min, 0u);
  EXPECT_EQ(also[0].blocks.max, 5u);
  const auto other = standings_of_runs({run, {}}, {{"app"}, {"other"}});
  EXPECT_EQ(other[0].blocks.min, 5u);
}

TEST(comparison, only_what_ran_can_be_fixed) {
  const auto before = accepting({found(finding_kind::lost, 'a', 5)});
  const std::vector<standing> now;
  comparison other = compare(before, now, {});
  EXPECT_EQ(keep_fixed_of(other, before, {"other"}), 1u);
  EXPECT_TRUE(other.fixed.empty());
  comparison same = compare(before, now, {});
  EXPECT_EQ(keep_fixed_of(same, before, {"app", "other"}), 0u);
  EXPECT_EQ(same.fixed, std::vector<std::size_t>{0});
}

}  // namespace
}  // namespace track::analysis
