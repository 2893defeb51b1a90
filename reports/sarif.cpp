#include "reports/sarif.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/primary_place.hpp"
#include "reports/sarif_parts.hpp"

namespace track::reports {
namespace {

using json = nlohmann::ordered_json;

constexpr const char* schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

struct choice {
  std::vector<const model::finding*> kept;
  model::left_out left;  // with what the report itself left out
};

// The largest first, but a fault before what is none.
choice chosen(const model::report& report) {
  choice made;
  for (const model::finding& finding : report.findings) {
    made.kept.push_back(&finding);
  }
  const auto rank = [](const model::finding* finding) {
    const bool is_gone = finding->suppressed || finding->state == model::finding_state::fixed;
    const bool is_fault = finding->kind != model::finding_kind::survivor && !finding->runtime;
    return std::tuple(is_gone, !is_fault, ~finding->bytes);
  };
  std::stable_sort(
      made.kept.begin(), made.kept.end(),
      [&rank](const model::finding* a, const model::finding* b) { return rank(a) < rank(b); });
  made.left = report.beyond_limit;
  for (std::size_t i = sarif_results; i < made.kept.size(); ++i) {
    made.left.findings += 1;
    made.left.blocks += made.kept[i]->blocks;
    made.left.bytes += made.kept[i]->bytes;
  }
  made.kept.resize(std::min(made.kept.size(), sarif_results));
  return made;
}

json notification(const std::string& code, const char* level, const std::string& text) {
  return {{"descriptor", {{"id", code}}}, {"message", sarif_message(text)}, {"level", level}};
}

std::string process_name(const model::process& process) {
  return (process.capture.empty() ? "" : process.capture + ": ") +
         fmt::format("process {}", process.number) +
         (process.program.empty() ? "" : " (" + process.program + ")");
}

json notifications_of(const model::report& report, const model::left_out& left) {
  json list = json::array();
  for (const model::process& process : report.processes) {
    for (const model::quality_reason& reason : process.quality.reasons) {
      list.push_back(notification(
          reason.code, process.quality.complete ? "note" : "warning",
          process_name(process) + ": " + (reason.detail.empty() ? reason.code : reason.detail)));
    }
  }
  if (report.judgement) {
    const char* const gap_id = report.judgement->by == model::judge::gate ? "gate_gap" : "diff_gap";
    for (const std::string& gap : report.judgement->gaps) {
      list.push_back(notification(gap_id, "warning", gap));
    }
    for (const std::string& fault : report.judgement->faults) {
      list.push_back(notification("gate_fault", "warning", fault));
    }
  }
  if (left.findings != 0) {
    list.push_back(notification(
        "results_left_out", "warning",
        fmt::format("{} left out, the smallest: {} in {}", plural(left.findings, "finding"),
                    plural(left.bytes, "byte"), plural(left.blocks, "block"))));
  }
  return list;
}

bool is_complete(const model::report& report) {
  const bool judged_complete =
      !report.judgement ||
      (report.judgement->result != model::verdict::incomplete && report.judgement->gaps.empty());
  return judged_complete &&
         std::all_of(report.processes.begin(), report.processes.end(),
                     [](const model::process& each) { return each.quality.complete; });
}

json driver_of(const model::report& report) {
  json driver = {{"name", "track"}};
  if (!report.tool_version.empty()) {
    driver["version"] = report.tool_version;
  }
  driver["rules"] = sarif_rules();
  return driver;
}

std::string printed(const json& value, int indent) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

// A line each, one after the other: thousands of them with whole stacks fill hundreds of megabytes
// as values, and indented as text.
std::string results_text(const model::report& report,
                         const std::vector<const model::finding*>& kept) {
  sarif_run run = {report, report.judgement.has_value()};
  for (const model::finding* finding : kept) {
    run.compared = run.compared || finding->state;
    run.suppressing = run.suppressing || finding->suppressed;
  }
  std::string text;
  for (const model::finding* finding : kept) {
    text += text.empty() ? "\n        " : ",\n        ";
    text += printed(sarif_result(*finding, run), -1);
  }
  return text.empty() ? "" : text + "\n      ";
}

json properties_of(const model::report& report, const model::left_out& left) {
  json properties = {
      {"truncated", left.findings != 0},
      {"left_out", {{"findings", left.findings}, {"blocks", left.blocks}, {"bytes", left.bytes}}}};
  if (report.judgement) {
    properties["verdict"] = model::name_of(report.judgement->result);
    properties["rule"] = report.judgement->rule;
  }
  return properties;
}

}  // namespace

std::string render_sarif(const model::report& report) {
  const choice made = chosen(report);
  // A category for each program: a service replaces what it has of the same one.
  const std::string category = "track/" + percent_encoded(program_place(report).file) + "/";
  const json base = {{"description", {{"text", "The source tree: what --source-root names."}}}};
  json run = {
      {"tool", {{"driver", driver_of(report)}}},
      {"invocations",
       json::array({{{"executionSuccessful", is_complete(report)},
                     {"toolExecutionNotifications", notifications_of(report, made.left)}}})},
      {"automationDetails", {{"id", category}}},
      {"columnKind", "utf16CodeUnits"},
      {"originalUriBaseIds", {{"SRCROOT", base}}},
      {"properties", properties_of(report, made.left)},
      {"results", json::array()}};
  const json document = {
      {"$schema", schema}, {"version", "2.1.0"}, {"runs", json::array({std::move(run)})}};
  std::string text = printed(document, 2) + "\n";
  return text.insert(text.rfind("[]") + 1, results_text(report, made.kept));
}

}  // namespace track::reports
