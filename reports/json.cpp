#include "reports/json.hpp"

#include <ctime>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace track::reports {
namespace {

using json = nlohmann::ordered_json;

constexpr int schema_version = 1;

json text_or_null(const std::string& text) {
  return text.empty() ? json(nullptr) : json(text);
}

template <typename T>
json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json(nullptr);
}

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

json frames_of(const model::stack& frames) {
  json list = json::array();
  for (const model::frame& frame : frames) {
    list.push_back({{"function", text_or_null(frame.function)},
                    {"file", text_or_null(frame.file)},
                    {"line", or_null(frame.line)},
                    {"module", text_or_null(frame.module)},
                    {"offset", or_null(frame.offset)},
                    {"inlined", frame.inlined},
                    {"unloaded", frame.unloaded}});
  }
  return list;
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

json process_of(const model::process& process) {
  const model::totals& totals = process.totals;
  return {{"process", process.number},
          {"parent", or_null(process.parent)},
          {"pid", process.pid},
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
          {"heap", nullptr}};
}

json processes_of(const std::vector<model::process>& processes) {
  json list = json::array();
  for (const model::process& process : processes) {
    list.push_back(process_of(process));
  }
  return list;
}

json mismatch_of(const std::optional<model::mismatch>& mismatch) {
  if (!mismatch) {
    return nullptr;
  }
  return {{"class", name_of(mismatch->kind)},
          {"released_by", mismatch->released_by},
          {"certain", mismatch->certain},
          {"size_given", or_null(mismatch->size_given)},
          {"first_at_ms", or_null(mismatch->first_at_ms)}};
}

json age_of(const std::optional<model::age>& age) {
  if (!age) {
    return nullptr;
  }
  return {{"min", or_null(age->min_ms)},
          {"median", or_null(age->median_ms)},
          {"max", or_null(age->max_ms)}};
}

json finding_of(const model::finding& finding) {
  json stacks = json::array();
  for (const model::named_stack& stack : finding.stacks) {
    stacks.push_back({{"role", stack.role}, {"frames", frames_of(stack.frames)}});
  }
  return {{"kind", name_of(finding.kind)},
          {"fingerprint", finding.fingerprint},
          {"weak", finding.weak},
          {"processes", finding.processes},
          {"still", or_null(finding.still)},
          {"title", finding.title},
          {"test", nullptr},
          {"label", nullptr},
          {"type", text_or_null(finding.type)},
          {"blocks", finding.blocks},
          {"bytes", finding.bytes},
          {"retained_blocks", nullptr},
          {"retained_bytes", nullptr},
          {"age_ms", age_of(finding.age_ms)},
          {"suppressed", finding.suppressed},
          {"allocated_by", text_or_null(finding.allocated_by)},
          {"owner", finding.runtime ? "runtime" : "program"},
          {"proven", finding.proven},
          {"stack", frames_of(finding.allocated)},
          {"stacks", stacks},
          {"mismatch", mismatch_of(finding.mismatch)},
          {"cycle", nullptr},
          {"cache", nullptr},
          {"growth", nullptr},
          {"path", nullptr}};
}

json left_out_of(const model::left_out& left) {
  return {{"findings", left.findings}, {"blocks", left.blocks}, {"bytes", left.bytes}};
}

json site_of(const model::site& site) {
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
          {"stack", frames_of(site.allocated)}};
}

std::string printed(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string render_json(const model::report& report) {
  json findings = json::array();
  for (const model::finding& finding : report.findings) {
    findings.push_back(finding_of(finding));
  }
  return printed(
      {{"schema", "libtrack.report"},
       {"version", schema_version},
       {"tool", report.tool_version},
       {"truncated", report.truncated()},
       {"growing", report.growing},
       {"processes", processes_of(report.processes)},
       {"stills", json::array()},
       {"findings", std::move(findings)},
       {"left_out",
        {{"beyond_limit", left_out_of(report.beyond_limit)},
         {"runtime", left_out_of(report.runtime)}}},
       {"suppressions",
        {{"used", json::array()}, {"unused", json::array()}, {"expired", json::array()}}}});
}

std::string render_json(const model::site_report& report) {
  json sites = json::array();
  for (const model::site& site : report.sites) {
    sites.push_back(site_of(site));
  }
  return printed({{"schema", "libtrack.sites"},
                  {"version", schema_version},
                  {"tool", report.tool_version},
                  {"by", report.by},
                  {"truncated", report.sites_left_out != 0},
                  {"sites_left_out", report.sites_left_out},
                  {"processes", processes_of(report.processes)},
                  {"sites", std::move(sites)}});
}

}  // namespace track::reports
