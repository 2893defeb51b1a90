#include "reports/github.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "reports/markdown.hpp"
#include "tests/unit/reports/ci_reports.hpp"

namespace track::reports {
namespace {

namespace ci = test::ci;

using ci::count_of;
using ci::has;
using model::finding_kind;
using model::finding_state;
using model::verdict;

std::size_t lines_of(const std::string& text) {
  return count_of(text, "\n");
}

TEST(github_annotations, faults_are_errors_the_rest_warnings_survivors_nothing) {
  for (const finding_kind kind : ci::every_kind) {
    const std::string text = render_github_annotations(ci::report_of(kind));
    const bool is_fault = kind == finding_kind::lost || kind == finding_kind::cycle ||
                          kind == finding_kind::overdue || kind == finding_kind::mismatch;
    EXPECT_EQ(text.starts_with("::error file=src/session.cpp,line=42,title=track%3A "), is_fault)
        << text;
    EXPECT_EQ(text.starts_with("::warning file=src/session.cpp,line=42,"),
              !is_fault && kind != finding_kind::survivor)
        << text;
    EXPECT_EQ(lines_of(text), kind == finding_kind::survivor ? 0u : 1u);
  }
}

TEST(github_annotations, the_message_names_the_finding_and_the_remedy) {
  const std::string text = render_github_annotations(ci::report_of(finding_kind::lost));
  EXPECT_TRUE(
      has(text, "title=track%3A lost::a title of lost [0123456789abcdef]%0Aremedy: delete"));
}

TEST(github_annotations, the_place_within_the_source_root_comes_first) {
  model::report report = ci::report_of(finding_kind::lost);
  report.findings[0].location =
      std::make_shared<model::frame>(ci::frame_of("main", "a,b:c%.cpp", 7));
  EXPECT_TRUE(render_github_annotations(report).starts_with(
      "::error file=a%2Cb%3Ac%25.cpp,line=7,title=track%3A lost::"));
  report.findings[0].location.reset();
  report.findings[0].allocated.clear();
  EXPECT_TRUE(render_github_annotations(report).starts_with("::error title=track%3A lost::"));
}

TEST(github_annotations, with_a_judgement_the_gate_decides) {
  model::report report = ci::report_of(finding_kind::lost);
  report.findings[0].state = finding_state::added;
  EXPECT_TRUE(render_github_annotations(ci::judged(report, verdict::fail)).starts_with("::error"));
  report.findings[0].state = finding_state::changed;
  EXPECT_TRUE(
      render_github_annotations(ci::judged(report, verdict::pass)).starts_with("::warning"));
  report.findings[0].state = finding_state::known;
  EXPECT_EQ(render_github_annotations(ci::judged(report, verdict::pass)), "");
  EXPECT_EQ(render_github_annotations(ci::judged(report, verdict::fail, {"too much is lost"})),
            "::error title=track gate::too much is lost\n");
}

TEST(github_annotations, missing_evidence_is_a_warning) {
  const std::string text = render_github_annotations(ci::incomplete_report());
  EXPECT_EQ(lines_of(text), 2u);
  EXPECT_TRUE(has(text,
                  "::warning title=track%3A incomplete evidence::process 0 (app): "
                  "killed_before_still: ended by signal 9\n"));
  EXPECT_EQ(lines_of(render_github_annotations(model::report{})), 1u);
  EXPECT_EQ(render_github_annotations(ci::judged(ci::incomplete_report(), verdict::pass)), "")
      << "the gate does without";
}

TEST(github_annotations, nine_at_most_errors_first_and_a_notice) {
  std::vector<model::finding> findings(20, ci::finding_of(finding_kind::cache));
  findings.push_back(ci::finding_of(finding_kind::lost));
  model::report report = ci::report_of(findings);
  report.beyond_limit.findings = 5;
  const std::string text = render_github_annotations(report);
  EXPECT_EQ(lines_of(text), 10u);
  EXPECT_TRUE(text.starts_with("::error"));
  EXPECT_EQ(count_of(text, "\n::warning "), 8u);
  EXPECT_TRUE(has(text, "\n::notice::17 more findings"));
}

TEST(github_annotations, no_name_begins_a_command_or_ends_one) {
  for (const std::string& name : ci::hostile_names()) {
    const std::string text = render_github_annotations(ci::hostile_report(name, 8));
    std::istringstream lines(text);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      const bool is_ours = line.starts_with("::error ") || line.starts_with("::warning ") ||
                           line.starts_with("::notice::");
      EXPECT_TRUE(is_ours) << line;
      EXPECT_EQ(line.find('\r'), std::string::npos);
      const std::size_t data = line.find("::", 2);
      ASSERT_NE(data, std::string::npos);
      EXPECT_EQ(count_of(line.substr(0, data), "title="), line.starts_with("::notice") ? 0u : 1u);
      EXPECT_FALSE(has(line.substr(0, data), "owned::"));
      EXPECT_LT(line.size(), 8192u);
    }
    EXPECT_EQ(count, 10u);
  }
}

TEST(github_annotations, percent_signs_of_names_stay_what_they_are) {
  model::report report = ci::report_of(finding_kind::lost);
  report.findings[0].title = "%0A::error::x";
  EXPECT_TRUE(has(render_github_annotations(report), "::%250A::error::x ["));
}

TEST(github_summary, is_the_markdown_report) {
  const model::report report = ci::report_of(finding_kind::lost);
  EXPECT_EQ(render_github_summary(report), render_markdown(report));
}

}  // namespace
}  // namespace track::reports
