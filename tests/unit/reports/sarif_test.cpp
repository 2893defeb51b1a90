// SARIF: its shape, hostile names, limits, missing evidence. That goldens are what the standard
// says is check.sarif_schema.
#include "reports/sarif.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/read_json.hpp"
#include "reports/sarif_parts.hpp"
#include "tests/unit/reports/golden.hpp"
#include "tests/unit/reports/sarif_samples.hpp"

namespace track {
namespace {

using json = nlohmann::json;
using model::finding_kind;

json run_of(const model::report& report) {
  const std::string text = reports::render_sarif(report);
  EXPECT_TRUE(text.ends_with("}\n"));
  const json log = json::parse(text);  // refuses bytes that are no UTF-8
  EXPECT_EQ(log["version"], "2.1.0");
  EXPECT_EQ(log["runs"].size(), 1u);
  return log["runs"][0];
}

json result_of(const model::finding& finding) {
  return run_of(test::report_of({finding}))["results"][0];
}

json uri_of(const json& result) {
  return result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
}

std::vector<std::string> codes_of(const json& run) {
  std::vector<std::string> codes;
  for (const json& each : run["invocations"][0]["toolExecutionNotifications"]) {
    codes.push_back(each["descriptor"]["id"]);
  }
  return codes;
}

TEST(sarif, every_kind_has_its_rule) {
  const json run = run_of(test::every_kind());
  const json& driver = run["tool"]["driver"];
  EXPECT_EQ(driver["name"], "track");
  EXPECT_EQ(driver["version"], "0.1.0");
  EXPECT_FALSE(driver.contains("informationUri"));
  ASSERT_EQ(driver["rules"].size(), std::size(test::all_kinds));
  ASSERT_EQ(run["results"].size(), std::size(test::all_kinds));
  for (const json& result : run["results"]) {
    const json& rule = driver["rules"][result["ruleIndex"].get<std::size_t>()];
    EXPECT_EQ(rule["id"], result["ruleId"]);
    EXPECT_EQ(rule["defaultConfiguration"]["level"], result["level"]);
    for (const char* text : {"shortDescription", "fullDescription", "help"}) {
      EXPECT_LT(rule[text]["text"].get<std::string>().size(), 1024u) << rule["id"];
    }
  }
}

TEST(sarif, levels_are_by_kind) {
  const auto level = [](finding_kind kind) { return result_of(test::finding_of(kind))["level"]; };
  for (const auto kind :
       {finding_kind::lost, finding_kind::cycle, finding_kind::overdue, finding_kind::mismatch}) {
    EXPECT_EQ(level(kind), "error");
  }
  for (const auto kind : {finding_kind::possibly_lost, finding_kind::cache, finding_kind::growth}) {
    EXPECT_EQ(level(kind), "warning");
  }
  EXPECT_EQ(level(finding_kind::survivor), "note");
}

TEST(sarif, a_container_that_is_not_known_to_grow_is_a_note) {
  model::finding finding = test::finding_of(finding_kind::cache);
  finding.growth = model::growth{};
  EXPECT_EQ(result_of(finding)["level"], "note");
}

TEST(sarif, a_result_tells_what_and_how_much) {
  model::finding finding = test::every_kind().findings[0];
  finding.weak = true;
  const json result = result_of(finding);
  EXPECT_EQ(result["message"]["text"], finding.title);
  EXPECT_EQ(result["partialFingerprints"]["libtrack/v1"], finding.fingerprint);
  EXPECT_EQ(result["occurrenceCount"], 2);
  const json& properties = result["properties"];
  EXPECT_EQ(properties["blocks"], 2);
  EXPECT_EQ(properties["bytes"], 64);
  EXPECT_EQ(properties["retained_bytes"], 500);
  EXPECT_EQ(properties["age_ms"]["median"], 2);
  EXPECT_EQ(properties["weak"], true);
  EXPECT_FALSE(result.contains("baselineState"));
  EXPECT_FALSE(result.contains("suppressions"));
}

TEST(sarif, growth_comes_with_its_verdict_and_without_its_series) {
  const json growth = result_of(test::every_kind().findings[3])["properties"]["growth"];
  EXPECT_EQ(growth["verdict"], "growing");
  EXPECT_FALSE(growth.contains("series"));
}

TEST(sarif, locations_are_uris) {
  model::finding finding = test::finding_of(finding_kind::lost);
  const json absolute = result_of(finding);
  EXPECT_EQ(uri_of(absolute), "file:///src/make.cpp");
  const json& place = absolute["locations"][0];
  EXPECT_FALSE(place["physicalLocation"]["artifactLocation"].contains("uriBaseId"));
  EXPECT_EQ(place["physicalLocation"]["region"]["startLine"], 7);
  EXPECT_EQ(place["logicalLocations"][0]["fullyQualifiedName"], "make(int)");

  finding.location =
      std::make_shared<model::frame>(test::frame_in("make(int)", "src/a b:c#.cpp", 0));
  const json relative = result_of(finding)["locations"][0]["physicalLocation"];
  EXPECT_EQ(relative["artifactLocation"]["uri"], "src/a%20b%3Ac%23.cpp");
  EXPECT_EQ(relative["artifactLocation"]["uriBaseId"], "SRCROOT");
  EXPECT_FALSE(relative.contains("region")) << "its line is unknown";
}

// Services refuse a whole file over one result without a place.
TEST(sarif, there_is_always_a_place) {
  model::finding finding = test::finding_of(finding_kind::lost);
  finding.allocated = {test::frame_in("std::make_unique<int>()", "/usr/include/memory", 1),
                       test::frame_in("f()", "", 0), test::frame_in("main", "/src/main.cpp", 12)};
  EXPECT_EQ(uri_of(result_of(finding)), "file:///src/main.cpp") << "the user's, that has a source";
  finding.allocated = {test::frame_in("", "", 0)};
  EXPECT_EQ(uri_of(result_of(finding)), "app") << "the module";
  finding.allocated.edit(0).module_path = "/opt/my app";
  EXPECT_EQ(uri_of(result_of(finding)), "file:///opt/my%20app");
  finding.allocated.clear();
  EXPECT_EQ(uri_of(result_of(finding)), "app") << "the program";
  finding.processes = {7};
  EXPECT_EQ(uri_of(result_of(finding)), "unknown");
}

TEST(sarif, stacks_are_all_there) {
  const json result = result_of(test::every_kind().findings[6]);
  ASSERT_EQ(result["stacks"].size(), 3u);
  EXPECT_EQ(result["stacks"][0]["message"]["text"], "allocated");
  EXPECT_EQ(result["stacks"][2]["message"]["text"], "freed_again");
  const json& frame = result["stacks"][0]["frames"][1];
  EXPECT_EQ(frame["module"], "app");
  EXPECT_EQ(frame["properties"]["offset"], 0x1234);
  EXPECT_EQ(frame["location"]["logicalLocations"][0]["fullyQualifiedName"], "main");
  ASSERT_EQ(result["relatedLocations"].size(), 2u);
  EXPECT_EQ(result["relatedLocations"][1]["message"]["text"], "freed_again");
  EXPECT_EQ(result["relatedLocations"][1]["physicalLocation"]["region"]["startLine"], 11);
}

TEST(sarif, a_cycle_is_a_graph) {
  const json result = result_of(test::every_kind().findings[1]);
  ASSERT_EQ(result["graphs"].size(), 1u);
  const json& graph = result["graphs"][0];
  EXPECT_EQ(graph["nodes"][0]["label"]["text"], "Session");
  EXPECT_EQ(graph["nodes"][1]["label"]["text"], "block of unknown type");
  EXPECT_EQ(graph["edges"][0]["label"]["text"], "peer (make weak)");
  EXPECT_EQ(graph["edges"][1]["label"]["text"], "+16");
  EXPECT_EQ(graph["edges"][1]["sourceNodeId"], graph["nodes"][1]["id"]);
  EXPECT_EQ(graph["edges"][1]["targetNodeId"], graph["nodes"][0]["id"]);
  EXPECT_EQ(result["stacks"].size(), 2u) << "equal ones are one";
  EXPECT_EQ(result["relatedLocations"].size(), 1u);
}

TEST(sarif, every_state_is_told) {
  const json run = run_of(test::every_state());
  std::map<std::string, std::string> states;
  for (const json& result : run["results"]) {
    states[result["message"]["text"]] = result["baselineState"];
  }
  const std::map<std::string, std::string> expected = {
      {"new", "new"},         {"known", "unchanged"},
      {"grown", "updated"},   {"shrunk", "updated"},
      {"changed", "updated"}, {"moved", "updated"},
      {"fixed", "absent"},    {"survivor in make(int)", "unchanged"}};
  EXPECT_EQ(states, expected);
  EXPECT_EQ(run["properties"]["verdict"], "fail");
}

TEST(sarif, when_one_is_suppressed_all_say_whether_they_are) {
  model::report report = test::report_of(
      {test::finding_of(finding_kind::lost), test::finding_of(finding_kind::overdue)});
  report.findings[0].suppressed = true;
  const json results = run_of(report)["results"];
  EXPECT_EQ(results[0]["suppressions"], json::array()) << "what is not suppressed comes first";
  EXPECT_EQ(results[1]["suppressions"], json::parse(R"([{"kind": "external"}])"));
}

TEST(sarif, missing_evidence_is_no_success) {
  model::report report = test::report_of({});
  EXPECT_EQ(run_of(report)["invocations"][0]["executionSuccessful"], true);
  EXPECT_EQ(run_of(report)["results"], json::array());

  report.processes[0].quality.reasons = {{"no_collector", "no time series"}};
  json invocation = run_of(report)["invocations"][0];
  EXPECT_EQ(invocation["executionSuccessful"], true);
  EXPECT_EQ(invocation["toolExecutionNotifications"][0]["level"], "note");

  report.processes[0].quality.complete = false;
  report.processes[0].quality.reasons = {{"events_lost", "12 events"}, {"ledger_full", ""}};
  invocation = run_of(report)["invocations"][0];
  EXPECT_EQ(invocation["executionSuccessful"], false);
  const json& notifications = invocation["toolExecutionNotifications"];
  ASSERT_EQ(notifications.size(), 2u);
  EXPECT_EQ(notifications[0]["descriptor"]["id"], "events_lost");
  EXPECT_EQ(notifications[0]["message"]["text"], "process 0 (app): 12 events");
  EXPECT_EQ(notifications[0]["level"], "warning");
  EXPECT_EQ(notifications[1]["message"]["text"], "process 0 (app): ledger_full");
}

TEST(sarif, a_judgement_without_its_evidence_is_no_success) {
  model::report report = test::report_of({});
  report.judgement = model::judgement{};
  EXPECT_EQ(run_of(report)["invocations"][0]["executionSuccessful"], true);
  report.judgement->result = model::verdict::incomplete;
  report.judgement->gaps = {"app: is missing"};
  report.judgement->faults = {"too much"};
  const json run = run_of(report);
  EXPECT_EQ(run["invocations"][0]["executionSuccessful"], false);
  EXPECT_EQ(codes_of(run), (std::vector<std::string>{"gate_gap", "gate_fault"}));
}

TEST(sarif, what_is_cut_is_told) {
  const json whole = run_of(test::many(reports::sarif_results));
  EXPECT_EQ(whole["results"].size(), reports::sarif_results);
  EXPECT_EQ(whole["properties"]["truncated"], false);
  EXPECT_TRUE(codes_of(whole).empty());

  model::report report = test::many(reports::sarif_results + 2);
  report.findings[1].kind = finding_kind::survivor;
  report.findings[1].bytes = 1 << 30;
  report.beyond_limit = {10, 20, 1000};
  const json cut = run_of(report);
  ASSERT_EQ(cut["results"].size(), reports::sarif_results);
  EXPECT_EQ(cut["results"][0]["properties"]["bytes"], reports::sarif_results + 2);
  EXPECT_EQ(cut["results"].back()["properties"]["bytes"], 3) << "survivors are cut first";
  EXPECT_EQ(cut["properties"]["truncated"], true);
  EXPECT_EQ(codes_of(cut), std::vector<std::string>{"results_left_out"});
  EXPECT_EQ(cut["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"],
            "12 findings left out, the smallest: 1,073,742,825 bytes in 24 blocks");
}

TEST(sarif, hostile_names_stay_data) {
  const json run = run_of(test::hostile());
  const std::vector<std::string> names = test::hostile_names();
  ASSERT_EQ(run["results"].size(), names.size());
  std::set<std::string> functions;
  for (const json& result : run["results"]) {
    const std::string uri = uri_of(result);
    EXPECT_EQ(uri.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                    "-._~!$&'()*+,;=@/%:"),
              std::string::npos)
        << uri;
    functions.insert(result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]);
  }
  EXPECT_EQ(functions.size(), names.size());
  EXPECT_TRUE(functions.contains(names[4])) << "with its NUL";
}

TEST(sarif, messages_have_neither_placeholders_nor_links) {
  EXPECT_EQ(reports::sarif_message("f()::{lambda(int)#1} {0}")["text"],
            "f()::{{lambda(int)#1}} {{0}}");
  EXPECT_EQ(reports::sarif_message("[a](http://b) x[1] operator[](int)")["text"],
            "[a\\](http://b) x[1] operator[\\](int)");
}

TEST(sarif, a_long_name_comes_whole) {
  model::finding finding = test::finding_of(finding_kind::lost);
  finding.allocated.edit(0).function = "f<" + std::string(64 * 1024, 'x') + ">()";
  finding.title += finding.allocated[0].function;
  const json result = result_of(finding);
  EXPECT_EQ(result["message"]["text"], finding.title);
}

TEST(sarif, golden) {
  for (const std::string name : {"heap", "gate"}) {
    std::ifstream file(std::string(LIBTRACK_GOLDEN) + "/" + name + ".json");
    std::ostringstream text;
    text << file.rdbuf();
    const auto report = reports::read_report_json(text.str(), name);
    ASSERT_TRUE(report) << report.failure().message;
    test::expect_golden(name + ".sarif", reports::render_sarif(*report));
  }
}

}  // namespace
}  // namespace track
