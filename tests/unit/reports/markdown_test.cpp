#include "reports/markdown.hpp"

#include <sstream>

#include <gtest/gtest.h>

#include "libtrack/support/text.hpp"
#include "tests/unit/reports/ci_reports.hpp"

namespace track::reports {
namespace {

namespace ci = test::ci;

using ci::count_of;
using ci::has;
using model::finding_kind;
using model::finding_state;
using model::verdict;

// What is left of a line outside of code, as GitHub sees it. A fence hides its lines whole.
std::string outside_code(const std::string& markdown) {
  std::istringstream lines(markdown);
  std::string text;
  std::string fence;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t ticks = std::min(line.find_first_not_of('`'), line.size());
    if (!fence.empty()) {
      if (ticks >= fence.size() && ticks == line.size()) {
        fence.clear();
      }
      continue;
    }
    if (ticks >= 3 && line.find('`', ticks) == std::string::npos) {
      fence = line.substr(0, ticks);
      continue;
    }
    for (std::size_t at = 0; at < line.size(); ++at) {
      const bool is_span = line[at] == '`';
      const bool is_tag = line.compare(at, 6, "<code>") == 0;
      if (is_span || is_tag) {
        const std::size_t end = is_span ? line.find('`', at + 1) : line.find("</code>", at);
        EXPECT_NE(end, std::string::npos) << line;
        at = is_span ? end : end + 6;
        text += "C";
      } else {
        text += line[at];
      }
    }
    text += "\n";
  }
  EXPECT_EQ(fence, "");
  return text;
}

TEST(markdown_report, begins_with_the_verdict_and_its_rule) {
  const model::report report = ci::report_of(finding_kind::lost);
  const auto first_line = [&report](verdict result, std::vector<std::string> gaps) {
    const std::string text = render_markdown(ci::judged(report, result, {}, std::move(gaps)));
    EXPECT_TRUE(has(text, "\n\nRule: `no new lost`\n"));
    return text.substr(0, text.find('\n'));
  };
  EXPECT_EQ(first_line(verdict::pass, {}), "### gate: pass");
  EXPECT_EQ(first_line(verdict::fail, {}), "### gate: FAIL");
  EXPECT_EQ(first_line(verdict::fail, {"a gap"}), "### gate: FAIL, and the evidence is incomplete");
  EXPECT_TRUE(first_line(verdict::incomplete, {"a gap"}).starts_with("### gate: INCOMPLETE"));
}

TEST(markdown_report, a_diff_is_no_gate) {
  std::vector<model::finding> findings(4, ci::finding_of(finding_kind::lost));
  findings[0].state = finding_state::added;
  findings[1].state = finding_state::fixed;
  findings[2].state = finding_state::fixed;
  findings[3].state = finding_state::known;
  model::report report = ci::judged(ci::report_of(findings), verdict::fail);
  report.judgement->by = model::judge::diff;
  report.judgement->remarks = {"other programs"};
  std::string text = render_markdown(report);
  EXPECT_TRUE(
      text.starts_with("### diff: 1 new, 2 fixed\n\nCompared: `no new lost`\n\n"
                       "**Remarks**\n\n- `other programs`\n"))
      << text;
  EXPECT_FALSE(has(text, "gate"));
  report = ci::judged(ci::report_of({findings[3]}), verdict::incomplete, {}, {"a gap"});
  report.judgement->by = model::judge::diff;
  text = render_markdown(report);
  EXPECT_TRUE(text.starts_with("### diff: no difference; the evidence is incomplete\n")) << text;
  EXPECT_TRUE(has(text, "track diff: evidence: a gap")) << text;
  EXPECT_FALSE(has(text, "gate"));
}

TEST(markdown_report, without_a_judgement_counts_come_first) {
  std::vector<model::finding> findings;
  for (const finding_kind kind : ci::every_kind) {
    findings.push_back(ci::finding_of(kind));
  }
  const std::string text = render_markdown(ci::report_of(findings));
  EXPECT_TRUE(
      text.starts_with("### track: 1 lost, 1 cycle, 1 possibly lost, 1 cache, 1 growth, "
                       "1 overdue, 1 mismatch\n"))
      << text;
  EXPECT_TRUE(has(text, "Not in the table: survivors: 1.\n"));
}

TEST(markdown_report, nothing_found_proves_something_only_with_complete_evidence) {
  EXPECT_EQ(render_markdown(ci::report_of(std::vector<model::finding>{})),
            "### track: nothing was found, and the evidence is complete\n");
  const std::string text = render_markdown(ci::incomplete_report());
  EXPECT_TRUE(has(text, "this proves nothing\n"));
  EXPECT_TRUE(has(text, "**Missing evidence**\n\n- `process 0 (app): killed_before_still: "));
  EXPECT_TRUE(has(render_markdown(model::report{}), "this proves nothing\n"));
}

TEST(markdown_report, a_row_a_finding_and_the_first_three_in_full) {
  std::vector<model::finding> findings(4, ci::finding_of(finding_kind::cache));
  findings.push_back(ci::finding_of(finding_kind::lost));
  findings[4].state = finding_state::added;
  const std::string text = render_markdown(ci::report_of(findings));
  EXPECT_TRUE(has(text,
                  "| new | lost | `a title of lost` | 2 | 1,234 | `src/session.cpp:42` | "
                  "`0123456789abcdef` |\n"))
      << text;
  EXPECT_EQ(count_of(text, "| cache |"), 4u);
  EXPECT_EQ(count_of(text, "<details>"), 3u);
  EXPECT_TRUE(has(text, "**new lost** `a title of lost`\n\nRemedy: `delete it"))
      << "faults come first";
}

TEST(markdown_report, stacks_are_of_user_frames) {
  const std::string text = render_markdown(ci::report_of(finding_kind::lost));
  EXPECT_TRUE(has(text, "    at make_session(int)  (src/session.cpp:42)\n    by main"));
  EXPECT_FALSE(has(text, "unique_ptr.h"));
  EXPECT_FALSE(has(text, "_start"));
}

TEST(markdown_report, what_does_not_count_is_counted) {
  std::vector<model::finding> findings(6, ci::finding_of(finding_kind::lost));
  findings[0].state = finding_state::known;
  findings[1].state = finding_state::shrunk;
  findings[2].state = finding_state::fixed;
  findings[3].state = finding_state::moved;
  findings[4].suppressed = true;
  findings[5].suppressed = true;
  const std::string text = render_markdown(ci::judged(ci::report_of(findings), verdict::pass));
  EXPECT_TRUE(has(text, "Not in the table: known: 2, moved: 1, fixed: 1, suppressed: 2.\n"));
  EXPECT_FALSE(has(text, "| lost |"));
}

TEST(markdown_report, faults_without_a_finding_are_told) {
  const std::string text = render_markdown(ci::judged(ci::report_of(std::vector<model::finding>{}),
                                                      verdict::fail, {"a.track: 2 KiB are lost"}));
  EXPECT_TRUE(has(text, "**Faults**\n\n- `a.track: 2 KiB are lost`\n"));
}

TEST(markdown_report, fifty_rows_at_most_and_the_rest_is_counted) {
  model::report report =
      ci::report_of(std::vector<model::finding>(60, ci::finding_of(finding_kind::lost)));
  report.beyond_limit.findings = 5;
  const std::string text = render_markdown(report);
  EXPECT_EQ(count_of(text, "| lost |"), 50u);
  EXPECT_TRUE(has(text, "\n15 more findings\n"));
}

TEST(markdown_report, fits_into_a_comment_whatever_the_names) {
  for (const std::string& name : ci::hostile_names()) {
    model::report report = ci::hostile_report(name, 60);
    report = ci::judged(report, verdict::fail, std::vector<std::string>(50, name),
                        std::vector<std::string>(50, name));
    report.judgement->rule = name;
    const std::string text = render_markdown(report);
    EXPECT_LE(text.size(), 60000u);
    report.judgement.reset();
    EXPECT_LE(render_markdown(report).size(), 60000u);
  }
}

TEST(markdown_report, names_stay_in_their_code) {
  for (const std::string& name : ci::hostile_names()) {
    const std::string text = render_markdown(ci::hostile_report(name, 8));
    EXPECT_EQ(text, valid_utf8(text));
    const std::string left = outside_code(text);
    for (const char* part : {"@", "evil", "owned", "script", "GH-", "`", "xx", "\\", "\xef\xbf"}) {
      EXPECT_FALSE(has(left, part)) << part << " of " << name.substr(0, 60) << "\n" << left;
    }
    std::istringstream lines(left);
    for (std::string line; std::getline(lines, line);) {
      EXPECT_TRUE(!line.starts_with("|") || count_of(line, "|") == 8u) << line;
      EXPECT_TRUE(!has(line, "#") || line.starts_with("### track: ")) << line;
    }
    std::istringstream whole(text);
    for (std::string line; std::getline(whole, line);) {
      // Cells are told apart before code is.
      EXPECT_TRUE(!line.starts_with("| ") || count_of(line, "|") == 8u) << line;
    }
  }
}

}  // namespace
}  // namespace track::reports
