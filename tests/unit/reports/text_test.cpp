#include "reports/text.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/json.hpp"

namespace track::reports {
namespace {

model::report empty_report(bool complete) {
  model::report report;
  report.processes.resize(1);
  report.processes[0].quality.complete = complete;
  if (!complete) {
    report.processes[0].quality.reasons = {{"killed_before_still", "ended by signal 9"}};
  }
  return report;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(text_report, nothing_found_proves_something_only_with_complete_evidence) {
  EXPECT_TRUE(has(render_text(empty_report(true), {}), "the evidence is complete"));
  const std::string incomplete = render_text(empty_report(false), {});
  EXPECT_TRUE(has(incomplete, "this proves nothing"));
  EXPECT_TRUE(has(incomplete, "INCOMPLETE"));
  EXPECT_TRUE(has(incomplete, "killed_before_still"));
  EXPECT_FALSE(has(incomplete, "0 leaks"));
  EXPECT_FALSE(has(incomplete, "no leaks"));
}

TEST(text_report, a_report_without_processes_proves_nothing) {
  EXPECT_TRUE(has(render_text(model::report{}, {}), "this proves nothing"));
}

TEST(text_report, colour_only_when_asked_for) {
  text_options options;
  EXPECT_FALSE(has(render_text(empty_report(false), options), "\033"));
  options.color = true;
  EXPECT_TRUE(has(render_text(empty_report(false), options), "\033[1;31mINCOMPLETE\033[0m"));
}

TEST(text_report, foreign_text_is_escaped) {
  model::report report = empty_report(true);
  report.processes[0].command = {"app\033[2J", "new\nline"};
  const std::string text = render_text(report, {});
  EXPECT_FALSE(has(text, "\033"));
  EXPECT_FALSE(has(text, "new\nline"));
}

TEST(text_report, many_processes_are_summed_up_incomplete_ones_first) {
  model::report report;
  for (std::uint64_t i = 0; i < 20; ++i) {
    model::process process;
    process.number = i;
    process.quality.complete = i != 19;
    report.processes.push_back(process);
  }
  text_options options;
  options.processes_shown = 3;
  const std::string text = render_text(report, options);
  EXPECT_LT(text.find("process 19"), text.find("process 0"));
  EXPECT_TRUE(has(text, "and 17 more processes, 0 of them incomplete"));
}

TEST(text_report, long_stacks_are_shortened_and_say_so) {
  model::report report = empty_report(true);
  model::finding finding;
  finding.allocated.resize(40);
  report.findings = {finding};
  text_options options;
  EXPECT_TRUE(has(render_text(report, options), "29 outer frames (--full-stacks)"));
  options.full_stacks = true;
  EXPECT_FALSE(has(render_text(report, options), "more frames"));
}

TEST(json_report, has_every_key_of_the_contract) {
  model::report report = empty_report(false);
  report.findings.resize(1);
  const auto json = nlohmann::json::parse(render_json(report));
  for (const char* key : {"schema", "version", "tool", "truncated", "processes", "stills",
                          "findings", "suppressions"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  for (const char* key : {"process", "parent", "pid", "command", "start", "duration_ms", "exit",
                          "quality", "totals", "heap", "objects"}) {
    EXPECT_TRUE(json["processes"][0].contains(key)) << key;
  }
  for (const char* key :
       {"kind",  "fingerprint", "weak",       "processes",      "still",  "title",
        "test",  "label",       "type",       "blocks",         "bytes",  "retained_blocks",
        "tag",   "tracked",     "overdue_ms", "retained_bytes", "age_ms", "suppressed",
        "stack", "stacks",      "cycle",      "cache",          "growth", "path"}) {
    EXPECT_TRUE(json["findings"][0].contains(key)) << key;
  }
  EXPECT_TRUE(json["processes"][0]["heap"].is_null());
  EXPECT_EQ(json["processes"][0]["quality"]["state"], "incomplete");
}

TEST(json_report, bytes_that_are_no_text_do_not_break_it) {
  model::report report = empty_report(true);
  report.processes[0].command = {"\xff\xfe", "ok"};
  const auto json = nlohmann::json::parse(render_json(report));
  EXPECT_EQ(json["processes"][0]["command"][1], "ok");
}

TEST(json_report, dates_that_cannot_be_shown_are_null) {
  model::report report = empty_report(true);
  report.processes[0].start_unix_ms = INT64_MAX;
  EXPECT_TRUE(nlohmann::json::parse(render_json(report))["processes"][0]["start"].is_null());
  report.processes[0].start_unix_ms = 1795341600123;
  EXPECT_EQ(nlohmann::json::parse(render_json(report))["processes"][0]["start"],
            "2026-11-22T10:00:00.123Z");
}

}  // namespace
}  // namespace track::reports
