// Our own JSON read back: the same report, or an error that says where.
#include "reports/read_json.hpp"

#include <fstream>
#include <random>
#include <sstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/json.hpp"

namespace track::reports {
namespace {

using json = nlohmann::ordered_json;

// Of a report with a survivor, a mismatch, a killed child: tests/golden.
std::string example() {
  std::ifstream file(std::string(LIBTRACK_GOLDEN) + "/report.json");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The example with one value replaced, by JSON pointer.
std::string with(const char* place, const json& value) {
  json document = json::parse(example());
  document[json::json_pointer(place)] = value;
  return document.dump();
}

std::string refusal(const std::string& text) {
  const auto read = read_report_json(text, "it.json");
  if (read) {
    return "taken";
  }
  EXPECT_EQ(read.failure().code, error_code::bad_input);
  EXPECT_EQ(read.failure().message.find("'it.json': "), 0u);
  return read.failure().message;
}

void expect_refused(const std::string& text, const std::string& part) {
  const std::string message = refusal(text);
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(read_json, what_was_written_comes_back_the_same) {
  const auto read = read_report_json(example(), "it.json");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(render_json(*read), example());
}

TEST(read_json, figures_at_their_limits_come_back) {
  model::report report;
  report.growing = true;
  report.processes.resize(1);
  report.processes[0].totals.allocations = UINT64_MAX;
  report.processes[0].totals.live_bytes = INT64_MIN;
  report.processes[0].exit.code = INT32_MIN;
  report.processes[0].start_unix_ms = 1'700'000'000'123;
  report.processes[0].capture = "a.track";
  report.beyond_limit = {1, 2, 3};
  const auto read = read_report_json(render_json(report), "it.json");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(render_json(*read), render_json(report));
  EXPECT_TRUE(read->truncated());
}

TEST(read_json, what_a_probe_counted_comes_back) {
  model::report report;
  report.processes.resize(1);
  model::finding& finding = report.findings.emplace_back();
  finding.kind = model::finding_kind::cache;
  finding.fingerprint = "0123456789abcdef";
  finding.processes = {0};
  model::cache& cache = finding.cache.emplace();
  cache.owner = "images";
  cache.container = "cache_probe";
  cache.hits = 7;
  cache.misses = 1;
  cache.never_hit = 3;
  cache.evicted_by_age = {0, 1, 2, 0, 0, 0, 0, UINT64_MAX};
  const std::string text = render_json(report);
  const auto read = read_report_json(text, "it.json");
  ASSERT_TRUE(read) << read.failure().message;
  EXPECT_EQ(render_json(*read), text);
  EXPECT_EQ(read->findings.at(0).cache->never_hit, 3u);
  json document = json::parse(text);
  document["findings"][0]["cache"]["evicted_by_age"].push_back(9);
  expect_refused(document.dump(), "evicted_by_age");
}

TEST(read_json, unknown_keys_are_ignored) {
  EXPECT_EQ(refusal(with("/findings/0/later", {{"deep", 1}})), "taken");
  EXPECT_EQ(refusal(with("/later", {{{"deep", 0}}})), "taken");
}

TEST(read_json, stills_are_numbered_and_of_the_reports_processes) {
  const nlohmann::json still = {{"still", 0},       {"process", 0},    {"trigger", "exit_end"},
                                {"at_ms", nullptr}, {"pause_ms", 1.5}, {"blocks", 0},
                                {"bytes", 0}};
  EXPECT_EQ(refusal(with("/stills", {still})), "taken");
  nlohmann::json other = still;
  other["process"] = 77;
  expect_refused(with("/stills", {other}), "stills");
  other = still;
  other["still"] = 1;
  expect_refused(with("/stills", {other}), "stills[0].still");
  expect_refused(with("/findings/0/still", 3), "findings");
}

TEST(read_json, foreign_and_newer_documents_are_refused) {
  expect_refused("", "no JSON");
  expect_refused("[1, 2]", "the document is not an object");
  expect_refused("{}", "schema");
  expect_refused(with("/schema", "somebody.else"), "schema is not JSON of `track report`");
  expect_refused(with("/schema", "libtrack.sites"), "track sites");
  expect_refused(with("/version", 2), "newer");
  expect_refused(with("/version", 0), "version");
  expect_refused(with("/version", "1"), "version");
}

TEST(read_json, wrong_values_are_refused_with_their_place) {
  expect_refused(with("/processes/1/pid", -1), "processes[1].pid is not a count");
  expect_refused(with("/processes/1/pid", 1ull << 32), "processes[1].pid");
  expect_refused(with("/processes/0/totals/frees", 1.5), "processes[0].totals.frees");
  expect_refused(with("/processes/0/totals/live_bytes", 1ull << 63), "live_bytes");
  expect_refused(with("/processes/0/start", "2026-11-22"), "processes[0].start is not a time");
  expect_refused(with("/processes/0/exit/kind", "vanished"), "processes[0].exit.kind");
  expect_refused(with("/processes/0/exit/code", 1ll << 40), "exit.code");
  expect_refused(with("/processes/1/process", 0), "ascending");
  expect_refused(with("/processes", nullptr), "processes is not a list");
  expect_refused(with("/findings/0/processes/0", 7), "there is no 7");
  expect_refused(with("/findings/0/fingerprint", "../../etc"), "fingerprint");
  expect_refused(with("/findings/0/kind", "novelty"), "findings[0].kind");
  expect_refused(with("/findings/0/stack/0/line", 1ull << 40), "findings[0].stack[0].line");
  expect_refused(with("/findings/0/mismatch", nullptr), "findings[0]");
  expect_refused(with("/truncated", true), "left_out");
}

TEST(read_json, deep_nesting_is_refused) {
  const std::string deep = std::string(100'000, '[') + std::string(100'000, ']');
  expect_refused("{\"schema\": " + deep + "}", "no JSON");
}

TEST(read_json, cut_off_and_damaged_documents_are_errors_or_reports) {
  const std::string whole = example();
  for (std::size_t size = 0; size + 2 < whole.size(); size += 97) {
    EXPECT_NE(refusal(whole.substr(0, size)), "taken") << size;
  }
  std::mt19937 numbers(7);
  std::size_t refused = 0;
  for (int round = 0; round < 2000; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 3; ++i) {
      damaged[numbers() % damaged.size()] = static_cast<char>(numbers());
    }
    refused += refusal(damaged) != "taken" ? 1 : 0;
  }
  EXPECT_GT(refused, 0u);
}

TEST(read_json, only_an_object_looks_like_it) {
  EXPECT_TRUE(looks_like_json("  \n{\"schema\""));
  EXPECT_FALSE(looks_like_json("SQLite format 3"));
  EXPECT_FALSE(looks_like_json(""));
}

}  // namespace
}  // namespace track::reports
