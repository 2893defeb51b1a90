#include "reports/json.hpp"

#include <ctime>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/json_document.hpp"
#include "reports/json_finding.hpp"

namespace track::reports {
namespace {

using json = nlohmann::ordered_json;

constexpr int schema_version = 1;

// "2026-11-22T10:00:00.000Z"; null outside of the years that the form can show.
json time_text(const std::optional<std::int64_t>& unix_ms) {
  constexpr std::int64_t year_10000 = 253402300800;
  if (!unix_ms || *unix_ms < 0 || *unix_ms / 1000 >= year_10000) {
    return nullptr;
  }
  const std::time_t seconds = *unix_ms / 1000;
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     *unix_ms % 1000);
}

json quality_of(const model::quality& quality) {
  json reasons = json::array();
  for (const model::quality_reason& reason : quality.reasons) {
    reasons.push_back({{"code", reason.code}, {"detail", reason.detail}});
  }
  return {{"state", quality.complete ? "complete" : "incomplete"},
          {"reasons", reasons},
          {"events_lost", quality.events_lost},
          {"stacks_truncated", quality.stacks_truncated},
          {"frames_unresolved", quality.frames_unresolved},
          {"modules_without_symbols", quality.modules_without_symbols}};
}

json sum_of(const model::block_sum& sum) {
  return {{"blocks", sum.blocks}, {"bytes", sum.bytes}};
}

json heap_of(const std::optional<model::heap_classes>& heap) {
  if (!heap) {
    return nullptr;
  }
  return {{"definitely_lost", sum_of(heap->definitely_lost)},
          {"indirectly_lost", sum_of(heap->indirectly_lost)},
          {"possibly_lost", sum_of(heap->possibly_lost)},
          {"still_reachable", sum_of(heap->still_reachable)},
          {"suppressed", sum_of(heap->suppressed)}};
}

json objects_of(const std::optional<model::object_counts>& objects) {
  if (!objects) {
    return nullptr;
  }
  return {{"alive", objects->alive}, {"overdue", objects->overdue}, {"dead", objects->dead}};
}

json process_of(const model::process& process) {
  const model::totals& totals = process.totals;
  return {{"process", process.number},
          {"parent", or_null(process.parent)},
          {"pid", process.pid},
          {"capture", text_or_null(process.capture)},
          {"program", text_or_null(process.program)},
          {"command", process.command},
          {"start", time_text(process.start_unix_ms)},
          {"duration_ms", or_null(process.duration_ms)},
          {"exit",
           {{"kind", name_of(process.exit.kind)},
            {"code", or_null(process.exit.code)},
            {"signal", or_null(process.exit.signal)},
            {"oom_killed", or_null(process.exit.oom_killed)}}},
          {"quality", quality_of(process.quality)},
          {"totals",
           {{"allocations", totals.allocations},
            {"frees", totals.frees},
            {"reallocations", totals.reallocations},
            {"bytes_allocated", totals.bytes_allocated},
            {"peak_bytes", totals.peak_bytes},
            {"temporary", totals.temporary},
            {"live_blocks", totals.live_blocks},
            {"live_bytes", totals.live_bytes},
            {"inherited_frees", totals.inherited_frees}}},
          {"heap", heap_of(process.heap)},
          {"objects", objects_of(process.objects)}};
}

json processes_of(const std::vector<model::process>& processes) {
  json list = json::array();
  for (const model::process& process : processes) {
    list.push_back(process_of(process));
  }
  return list;
}

json stills_of(const std::vector<model::still>& stills) {
  json list = json::array();
  for (const model::still& still : stills) {
    list.push_back(json_of(still));
  }
  return list;
}

json uses_of(const std::vector<model::suppression_use>& uses) {
  json list = json::array();
  for (const model::suppression_use& use : uses) {
    list.push_back({{"name", use.name},
                    {"file", text_or_null(use.file)},
                    {"line", use.line},
                    {"owner", text_or_null(use.owner)},
                    {"until", text_or_null(use.until)},
                    {"findings", use.findings},
                    {"blocks", use.blocks},
                    {"bytes", use.bytes}});
  }
  return list;
}

json left_out_of(const model::left_out& left) {
  return {{"findings", left.findings},
          {"blocks", left.blocks},
          {"bytes", left.bytes},
          {"faults", left.faults}};
}

// An item of a document, without its stack: that is an empty list.
json item_of(const model::site& site) {
  return {{"fingerprint", site.fingerprint},
          {"weak", site.weak},
          {"allocated_by", site.allocated_by},
          {"processes", site.processes},
          {"allocations", site.allocations},
          {"bytes_allocated", site.bytes_allocated},
          {"frees", site.frees},
          {"temporary", site.temporary},
          {"peak_blocks", site.peak_blocks},
          {"peak_bytes", site.peak_bytes},
          {"live_blocks", site.live_blocks},
          {"live_bytes", site.live_bytes},
          {"lifetimes",
           {{"under_10ms", site.lifetimes[0]},
            {"under_1s", site.lifetimes[1]},
            {"under_60s", site.lifetimes[2]},
            {"longer", site.lifetimes[3]}}},
          {"stack", json::array()}};
}

json item_of(const model::finding& finding) {
  return json_of(finding, json::array());
}

template <typename Item>
void write_items(const json& document, const std::string& key, const std::vector<Item>& items,
                 const text_sink& sink) {
  json_document out(sink, document, key);
  for (const Item& item : items) {
    if (!out.add(item_of(item), item.allocated)) {
      return;
    }
  }
  out.end();
}

template <typename Report>
std::string rendered(const Report& report) {
  std::string text;
  write_json(report, [&text](std::string_view piece) {
    text += piece;
    return true;
  });
  return text;
}

}  // namespace

ordered_json json_of(const model::report& report, ordered_json findings) {
  json document = {{"schema", "libtrack.report"},
                   {"version", schema_version},
                   {"tool", report.tool_version},
                   {"truncated", report.truncated()},
                   {"growing", report.growing}};
  if (report.judgement) {
    const model::judgement& judged = *report.judgement;
    document["verdict"] = name_of(judged.result);
    document["rule"] = judged.rule;
    document["faults"] = judged.faults;
    document["gaps"] = judged.gaps;
    document["remarks"] = judged.remarks;
  }
  if (!report.by.empty()) {
    document["by"] = report.by;
  }
  document["processes"] = processes_of(report.processes);
  document["stills"] = stills_of(report.stills);
  document["findings"] = std::move(findings);
  document["left_out"] = {{"beyond_limit", left_out_of(report.beyond_limit)},
                          {"runtime", left_out_of(report.runtime)},
                          {"survivors", left_out_of(report.survivors)}};
  document["suppressions"] = {{"used", uses_of(report.suppressions.used)},
                              {"unused", uses_of(report.suppressions.unused)},
                              {"expired", uses_of(report.suppressions.expired)},
                              {"other_kinds", report.suppressions.other_kinds}};
  return document;
}

std::string render_json(const model::report& report) {
  return rendered(report);
}

void write_json(const model::report& report, const text_sink& sink) {
  write_items(json_of(report, json::array()), "findings", report.findings, sink);
}

std::string render_json(const model::site_report& report) {
  return rendered(report);
}

void write_json(const model::site_report& report, const text_sink& sink) {
  const json document = {{"schema", "libtrack.sites"},
                         {"version", schema_version},
                         {"tool", report.tool_version},
                         {"by", report.by},
                         {"truncated", report.sites_left_out != 0},
                         {"sites_left_out", report.sites_left_out},
                         {"processes", processes_of(report.processes)},
                         {"sites", json::array()}};
  write_items(document, "sites", report.sites, sink);
}

}  // namespace track::reports
