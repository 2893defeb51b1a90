#include "reports/junit.hpp"

#include <gtest/gtest.h>

#include "libtrack/support/text.hpp"
#include "tests/unit/reports/ci_reports.hpp"
#include "tests/unit/reports/golden.hpp"

namespace track::reports {
namespace {

namespace ci = test::ci;

using ci::count_of;
using ci::has;
using model::finding_kind;
using model::finding_state;
using model::verdict;

// The counts of the suite are those of its elements.
void expect_adds_up(const std::string& xml) {
  const std::string counts = "tests=\"" + std::to_string(count_of(xml, "<testcase ")) +
                             "\" failures=\"" + std::to_string(count_of(xml, "<failure ")) +
                             "\" errors=\"" + std::to_string(count_of(xml, "<error ")) +
                             "\" skipped=\"" + std::to_string(count_of(xml, "<skipped ")) + "\"";
  EXPECT_EQ(count_of(xml, counts), 2u) << counts << " in\n" << xml.substr(0, 2000);
}

std::string of_state(finding_kind kind, finding_state state, verdict result,
                     std::vector<std::string> faults = {}) {
  model::report report = ci::report_of(kind);
  report.findings[0].state = state;
  const std::string xml = render_junit(ci::judged(report, result, std::move(faults)));
  expect_adds_up(xml);
  return xml;
}

TEST(junit_report, without_a_judgement_all_but_survivors_fail) {
  for (const finding_kind kind : ci::every_kind) {
    const std::string xml = render_junit(ci::report_of(kind));
    expect_adds_up(xml);
    EXPECT_EQ(count_of(xml, "<testcase "), 1u);
    EXPECT_EQ(has(xml, std::string("<failure type=\"") + model::name_of(kind) +
                           "\" message=\"a title of "),
              kind != finding_kind::survivor);
  }
}

TEST(junit_report, a_failure_says_where_and_what_to_do) {
  const std::string xml = render_junit(ci::report_of(finding_kind::lost));
  EXPECT_TRUE(has(xml, "classname=\"app\" name=\"a title of lost [0123456789abcdef]\""));
  EXPECT_TRUE(has(xml, "make_session(int)  (src/session.cpp:42)"));
  EXPECT_TRUE(has(xml, "remedy: delete it"));
}

TEST(junit_report, a_finding_of_a_test_has_its_name) {
  model::report report = ci::report_of(finding_kind::lost);
  report.findings[0].test = "login.ends";
  EXPECT_TRUE(has(render_junit(report), "name=\"login.ends [0123456789abcdef]\""));
}

TEST(junit_report, states_decide_when_the_gate_says_no) {
  const auto fails = [](finding_state state) {
    return has(of_state(finding_kind::lost, state, verdict::fail), "<failure ");
  };
  EXPECT_TRUE(fails(finding_state::added));
  EXPECT_TRUE(fails(finding_state::grown));
  EXPECT_TRUE(fails(finding_state::changed));
  for (const finding_state state :
       {finding_state::known, finding_state::shrunk, finding_state::moved}) {
    EXPECT_FALSE(fails(state));
    EXPECT_TRUE(has(of_state(finding_kind::lost, state, verdict::fail), "a title of lost"));
  }
}

TEST(junit_report, a_diff_is_no_gate) {
  model::report report =
      ci::judged(ci::report_of(finding_kind::lost), verdict::incomplete, {}, {"a gap"});
  report.judgement->by = model::judge::diff;
  const std::string text = render_junit(report);
  EXPECT_NE(text.find("<testsuite name=\"track diff\""), std::string::npos) << text;
  EXPECT_EQ(text.find("track gate"), std::string::npos) << text;
}

TEST(junit_report, fixed_findings_are_not_listed) {
  const std::string xml = of_state(finding_kind::lost, finding_state::fixed, verdict::pass);
  EXPECT_FALSE(has(xml, "a title of lost"));
  EXPECT_TRUE(has(xml, "no new findings"));
}

TEST(junit_report, fails_nothing_that_the_gate_lets_pass) {
  EXPECT_FALSE(
      has(of_state(finding_kind::lost, finding_state::changed, verdict::pass), "<failure"));
  EXPECT_FALSE(has(of_state(finding_kind::cache, finding_state::added, verdict::fail), "<failure"));
  EXPECT_TRUE(has(of_state(finding_kind::cache, finding_state::added, verdict::fail,
                           {"new cache in f [0123456789abcdef]: 2 blocks"}),
                  "<failure type=\"cache\""));
}

TEST(junit_report, a_fault_without_a_finding_is_a_failure_of_its_own) {
  const std::string xml = of_state(finding_kind::lost, finding_state::known, verdict::fail,
                                   {"app.track: 2.0 KiB are lost, over the 1 KiB allowed"});
  EXPECT_EQ(count_of(xml, "<failure type=\"rule\""), 1u);
}

TEST(junit_report, suppressed_findings_are_skipped) {
  model::report report = ci::report_of(finding_kind::lost);
  report.findings[0].suppressed = true;
  const std::string xml = render_junit(report);
  expect_adds_up(xml);
  EXPECT_TRUE(has(xml, "<skipped message=\"suppressed\"/>"));
}

TEST(junit_report, incomplete_evidence_is_an_error_for_each_reason) {
  const std::string xml = render_junit(ci::incomplete_report());
  expect_adds_up(xml);
  EXPECT_TRUE(has(xml, "<error type=\"killed_before_still\" message=\"ended by signal 9\">"));
  EXPECT_TRUE(has(xml, "<error type=\"events_lost\""));
  EXPECT_FALSE(has(xml, "no_collector"));
  EXPECT_FALSE(has(xml, "no new findings"));
}

TEST(junit_report, evidence_that_the_gate_does_without_is_skipped) {
  const std::string xml = render_junit(ci::judged(
      ci::incomplete_report(), verdict::incomplete, {},
      {"a.track: process 0 (app): events_lost: 3 events", "expected 2 captures, there are 1"}));
  expect_adds_up(xml);
  EXPECT_TRUE(has(xml, "<error type=\"events_lost\""));
  EXPECT_TRUE(has(xml, "<error type=\"evidence\" message=\"expected 2 captures, there are 1\""));
  EXPECT_TRUE(has(xml, "<skipped message=\"not demanded: ended by signal 9\"/>"));
}

TEST(junit_report, nothing_found_is_a_case_that_passed_for_each_process) {
  model::report report = ci::report_of(std::vector<model::finding>{});
  report.processes.resize(2);
  report.processes[1].number = 1;
  const std::string xml = render_junit(report);
  expect_adds_up(xml);
  EXPECT_EQ(count_of(xml, "no new findings"), 2u);
  EXPECT_TRUE(has(xml, "classname=\"app\" name=\"no new findings (process 0)\" time=\"0\"/>"));
}

TEST(junit_report, no_process_is_an_error) {
  const std::string xml = render_junit(model::report{});
  expect_adds_up(xml);
  EXPECT_EQ(count_of(xml, "<error "), 1u);
}

TEST(junit_report, what_the_limit_cut_is_said) {
  model::report report = ci::report_of(finding_kind::lost);
  report.beyond_limit.findings = 7;
  const std::string xml = render_junit(report);
  expect_adds_up(xml);
  EXPECT_TRUE(has(xml, "7 more findings"));
}

TEST(junit_report, is_xml_whatever_the_names) {
  for (const std::string& name : ci::hostile_names()) {
    const std::string xml = render_junit(ci::hostile_report(name, 8));
    expect_adds_up(xml);
    EXPECT_EQ(xml, valid_utf8(xml));
    EXPECT_FALSE(has(xml, "]]>"));
    EXPECT_FALSE(has(xml, "<script"));
    EXPECT_FALSE(has(xml, "\xef\xbf\xbe"));
    EXPECT_FALSE(has(xml, "\xef\xbf\xbf"));
    for (const char c : xml) {
      EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 || c == '\n');
    }
  }
}

// tests/checks/junit_parse.py reads it.
TEST(junit_report, a_parser_reads_it_whatever_the_names) {
  model::report all;
  for (const std::string& name : ci::hostile_names()) {
    model::report report = ci::hostile_report(name);
    if (name.size() < 100) {
      report.findings[0].allocated.resize(1);
      report.findings[0].stacks.clear();
      all.findings.push_back(report.findings[0]);
      all.processes.push_back(report.processes[0]);
    }
  }
  test::expect_golden("hostile.junit.xml", render_junit(all));
}

TEST(junit_report, long_names_are_shortened) {
  const std::string xml = render_junit(ci::hostile_report(std::string(65536, 'x')));
  EXPECT_FALSE(has(xml, std::string(4097, 'x')));
  EXPECT_TRUE(has(xml, "x…"));
}

}  // namespace
}  // namespace track::reports
