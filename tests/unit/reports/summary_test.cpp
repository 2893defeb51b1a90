#include "reports/summary.hpp"

#include <gtest/gtest.h>

#include "tests/unit/reports/ci_reports.hpp"

namespace track::reports {
namespace {

namespace ci = test::ci;

using model::finding_kind;
using model::verdict;

TEST(summary, nothing_found_is_clean_only_with_complete_evidence) {
  model::report report = ci::report_of(std::vector<model::finding>());
  EXPECT_EQ(outcome_of(report), outcome::clean);
  EXPECT_EQ(headline_of(report), "nothing was found, and the evidence is complete");
  report.processes[0].quality.complete = false;
  EXPECT_EQ(outcome_of(report), outcome::incomplete);
  EXPECT_TRUE(ci::has(headline_of(report), "this proves nothing"));
  report.processes.clear();
  EXPECT_EQ(outcome_of(report), outcome::incomplete);
}

TEST(summary, without_a_still_it_is_not_known_what_is_lost) {
  model::report report = ci::report_of(std::vector<model::finding>());
  report.processes[0].exit.kind = model::exit_kind::exited;
  EXPECT_EQ(outcome_of(report), outcome::incomplete);
  EXPECT_TRUE(ci::has(headline_of(report), "without a still"));
  report.processes[0].heap.emplace();
  EXPECT_EQ(outcome_of(report), outcome::clean);
}

TEST(summary, counts_kinds_in_words_and_tells_of_missing_evidence) {
  model::report report =
      ci::report_of({ci::finding_of(finding_kind::possibly_lost),
                     ci::finding_of(finding_kind::lost), ci::finding_of(finding_kind::lost)});
  EXPECT_EQ(outcome_of(report), outcome::found);
  EXPECT_EQ(headline_of(report), "2 lost, 1 possibly lost");
  report.processes[0].quality.complete = false;
  EXPECT_EQ(outcome_of(report), outcome::found);
  EXPECT_EQ(headline_of(report), "2 lost, 1 possibly lost; the evidence is incomplete");
}

TEST(summary, follows_the_verdict_of_a_gate) {
  const model::report report = ci::report_of(finding_kind::lost);
  EXPECT_EQ(outcome_of(ci::judged(report, verdict::pass)), outcome::pass);
  EXPECT_EQ(outcome_of(ci::judged(report, verdict::fail)), outcome::fail);
  EXPECT_EQ(outcome_of(ci::judged(report, verdict::incomplete)), outcome::incomplete);
}

TEST(summary, tells_what_is_new_although_the_verdict_is_incomplete) {
  const model::report report = ci::judged(ci::report_of(finding_kind::possibly_lost),
                                          verdict::incomplete, {}, {"a: killed_before_still: x"});
  EXPECT_EQ(headline_of(report), "1 possibly lost; the evidence is incomplete");
}

TEST(summary, a_diff_counts_states) {
  model::report report =
      ci::report_of({ci::finding_of(finding_kind::lost), ci::finding_of(finding_kind::cycle)});
  report.findings[0].state = model::finding_state::added;
  report.findings[1].state = model::finding_state::fixed;
  report = ci::judged(report, verdict::fail);
  report.judgement->by = model::judge::diff;
  EXPECT_EQ(headline_of(report), "1 new, 1 fixed");
  EXPECT_EQ(outcome_of(report), outcome::differs);
  report.findings.clear();
  report.judgement->result = verdict::pass;
  EXPECT_EQ(headline_of(report), "no difference");
  EXPECT_EQ(outcome_of(report), outcome::same);
}

TEST(summary, suppressed_findings_and_survivors_do_not_count) {
  model::finding suppressed = ci::finding_of(finding_kind::lost);
  suppressed.suppressed = true;
  const model::report report = ci::report_of({suppressed, ci::finding_of(finding_kind::survivor)});
  EXPECT_TRUE(findings_that_count(report).empty());
  EXPECT_EQ(outcome_of(report), outcome::clean);
}

TEST(summary, what_a_limit_left_out_counts_only_when_it_is_a_fault) {
  model::report report = ci::report_of(std::vector<model::finding>());
  report.beyond_limit = {3, 3, 300, 0};
  EXPECT_EQ(outcome_of(report), outcome::clean);
  EXPECT_TRUE(ci::has(headline_of(report), "no leak is proven, 3 survivors listed"));
  report.beyond_limit.faults = 2;
  EXPECT_EQ(outcome_of(report), outcome::found);
  EXPECT_EQ(headline_of(report), "2 not listed");
}

TEST(summary, nothing_of_what_was_asked_for_is_not_nothing_at_all) {
  model::report report = ci::report_of(std::vector<model::finding>());
  report.narrowed = true;
  EXPECT_EQ(outcome_of(report), outcome::none);
  EXPECT_TRUE(ci::has(headline_of(report), "nothing of what was asked for"));
}

TEST(summary, faults_come_before_what_may_be_fine) {
  const model::report report = ci::report_of(
      {ci::finding_of(finding_kind::cache), ci::finding_of(finding_kind::lost),
       ci::finding_of(finding_kind::possibly_lost), ci::finding_of(finding_kind::cycle)});
  std::vector<finding_kind> kinds;
  for (const model::finding* each : findings_that_count(report)) {
    kinds.push_back(each->kind);
  }
  EXPECT_EQ(kinds, (std::vector{finding_kind::lost, finding_kind::cycle, finding_kind::cache,
                                finding_kind::possibly_lost}));
}

}  // namespace
}  // namespace track::reports
