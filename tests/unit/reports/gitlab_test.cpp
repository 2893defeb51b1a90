// GitLab's code quality report: what is listed, how it is identified, hostile names.
#include "reports/gitlab.hpp"

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/read_json.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sarif_samples.hpp"

namespace track {
namespace {

using json = nlohmann::json;
using model::finding_kind;

json issues_of(const model::report& report) {
  const std::string text = reports::render_gitlab(report);
  EXPECT_TRUE(text.starts_with("[")) << "GitLab takes no byte order mark";
  const json issues = json::parse(text);
  std::set<std::string> prints;
  for (const json& issue : issues) {
    EXPECT_TRUE(prints.insert(issue["fingerprint"]).second) << issue;
    EXPECT_GE(issue["location"]["lines"]["begin"].get<int>(), 1);
    const std::string path = issue["location"]["path"];
    EXPECT_FALSE(path.empty() || path.front() == '/') << path;
  }
  return issues;
}

json place_of(const model::finding& finding) {
  return issues_of(test::report_of({finding}))[0]["location"];
}

TEST(gitlab, nothing_is_an_empty_list) {
  EXPECT_EQ(reports::render_gitlab(test::report_of({})), "[]\n");
}

TEST(gitlab, all_kinds_but_survivors_are_listed) {
  std::map<std::string, std::string> severities;
  for (const json& issue : issues_of(test::every_kind())) {
    severities[issue["check_name"]] = issue["severity"];
  }
  const std::map<std::string, std::string> expected = {
      {"mismatch", "blocker"},   {"lost", "critical"}, {"cycle", "critical"},
      {"overdue", "critical"},   {"cache", "major"},   {"growth", "major"},
      {"possibly_lost", "minor"}};
  EXPECT_EQ(severities, expected);
}

TEST(gitlab, what_does_not_count_is_left_out) {
  model::report report = test::every_kind();
  report.findings.resize(3);
  report.findings[0].suppressed = true;
  report.findings[1].runtime = true;
  report.findings[2].state = model::finding_state::fixed;
  EXPECT_EQ(issues_of(report), json::array());
}

TEST(gitlab, of_a_judged_report_what_got_worse_is_listed) {
  std::set<std::string> listed;
  for (const json& issue : issues_of(test::every_state())) {
    listed.insert(issue["description"]);
  }
  EXPECT_EQ(listed, (std::set<std::string>{"new", "grown", "changed"}));
}

TEST(gitlab, equal_fingerprints_are_told_apart) {
  const json issues = issues_of(test::every_state());
  ASSERT_EQ(issues.size(), 3u);
  EXPECT_EQ(issues[0]["fingerprint"], "000000000000abc0");
  EXPECT_EQ(issues[1]["fingerprint"], "000000000000abc0-2");
}

TEST(gitlab, paths_are_relative) {
  model::finding finding = test::finding_of(finding_kind::lost);
  EXPECT_EQ(place_of(finding), json::parse(R"({"path": "src/make.cpp", "lines": {"begin": 7}})"));
  finding.location =
      std::make_shared<model::frame>(test::frame_in("make(int)", "./src/a b.cpp", 0));
  EXPECT_EQ(place_of(finding), json::parse(R"({"path": "src/a b.cpp", "lines": {"begin": 1}})"));
  finding.location.reset();
  finding.allocated = {test::frame_in("f()", "", 0)};
  EXPECT_EQ(place_of(finding)["path"], "app") << "the module";
  finding.allocated.clear();
  finding.processes.clear();
  EXPECT_EQ(place_of(finding)["path"], "app") << "the program";
}

TEST(gitlab, missing_evidence_is_an_entry) {
  model::report report = test::report_of({});
  report.processes[0].quality.complete = false;
  report.processes[0].quality.reasons = {{"events_lost", "12 events"}, {"ledger_full", "full"}};
  report.processes.push_back(report.processes[0]);
  report.processes[1].number = 1;
  const json issues = issues_of(report);
  ASSERT_EQ(issues.size(), 2u) << "one a reason";
  EXPECT_EQ(issues[0]["check_name"], "incomplete-evidence");
  EXPECT_EQ(issues[0]["severity"], "critical");
  EXPECT_EQ(issues[0]["location"]["path"], "app");
  EXPECT_EQ(issues[0]["description"],
            "incomplete evidence of 2 processes: process 0 (app): events_lost: 12 events");
  EXPECT_NE(issues[0]["fingerprint"], issues[1]["fingerprint"]);
}

TEST(gitlab, a_judgement_says_what_evidence_is_demanded) {
  model::report report = test::report_of({});
  report.processes[0].quality.complete = false;
  report.processes[0].quality.reasons = {{"events_lost", "12 events"}};
  report.judgement = model::judgement{};
  EXPECT_EQ(issues_of(report), json::array()) << "its rule does without";
  report.judgement->result = model::verdict::incomplete;
  report.judgement->gaps = {"x.track: process 0 (app): events_lost: 12 events", "y.track: is empty",
                            "z.track: is empty"};
  EXPECT_EQ(issues_of(report).size(), 3u);
}

TEST(gitlab, hostile_names_stay_data) {
  const json issues = issues_of(test::hostile());
  EXPECT_EQ(issues.size(), test::hostile_names().size() + 1);
  for (const json& issue : issues) {
    const std::string shown =
        issue["description"].get<std::string>() + issue["location"]["path"].get<std::string>();
    EXPECT_EQ(shown.find_first_of(std::string("\0\n\r\x1b", 4)), std::string::npos) << issue;
    EXPECT_EQ(shown.find("\xe2\x80\xae"), std::string::npos) << issue;
  }
}

TEST(gitlab, long_titles_are_cut) {
  model::finding finding = test::finding_of(finding_kind::lost);
  finding.title = "f<" + std::string(64 * 1024, 'x') + ">()";
  const std::string shown = issues_of(test::report_of({finding}))[0]["description"];
  EXPECT_LT(shown.size(), 1010u);
  EXPECT_TRUE(shown.ends_with("…"));
}

TEST(gitlab, all_of_many_are_listed) {
  EXPECT_EQ(issues_of(test::many(5001)).size(), 5001u);
}

TEST(gitlab, golden) {
  std::ifstream file(std::string(LIBTRACK_GOLDEN) + "/heap.json");
  std::ostringstream text;
  text << file.rdbuf();
  const auto report = reports::read_report_json(text.str(), "heap.json");
  ASSERT_TRUE(report) << report.failure().message;
  test::expect_golden("heap.gitlab.json", reports::render_gitlab(*report));
}

}  // namespace
}  // namespace track
