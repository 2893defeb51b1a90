#include "reports/verdict_text.hpp"

#include <algorithm>
#include <initializer_list>
#include <vector>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "reports/finding_text.hpp"
#include "reports/format.hpp"
#include "reports/lead_text.hpp"
#include "reports/stack_text.hpp"

namespace track::reports {
namespace {

using model::finding_state;

std::string list_text(const std::vector<std::string>& lines, std::string_view heading,
                      const text_options& options, tone how) {
  std::string text;
  for (const std::string& line : lines) {
    text += "  " + escape_control(line) + "\n";
  }
  return text.empty() ? "" : painted(options.color, how, heading) + "\n" + text + "\n";
}

std::string range_text(const model::finding& finding) {
  if (!finding.baseline) {
    return "";
  }
  return finding.baseline->min == finding.baseline->max
             ? fmt::format(", before: {}", plural(finding.baseline->max, "block"))
             : fmt::format(", before: {} to {}", count_text(finding.baseline->min),
                           plural(finding.baseline->max, "block"));
}

bool is_difference(const model::finding& finding) {
  return finding.state && *finding.state != finding_state::known && !finding.suppressed;
}

std::string in_state(const model::report& report, finding_state state, bool with_stacks,
                     const text_options& options) {
  std::string text;
  for (const model::finding& finding : report.findings) {
    if (finding.state != state || finding.suppressed) {
      continue;
    }
    if (with_stacks) {
      text += finding_text(finding, options);
      // What grows and cycles have told their remedy among their figures.
      const bool is_told = finding.growth || (finding.cycle && !finding.cycle->weaken.empty());
      text += (is_told ? "" : remedy_text(finding, options)) + "\n";
    } else {
      text +=
          fmt::format("{}: {}{}  {}\n", model::name_of(finding.kind), escape_control(finding.title),
                      state == finding_state::fixed ? "" : range_text(finding),
                      painted(options.color, tone::dim, "[" + finding.fingerprint + "]"));
    }
  }
  if (text.empty()) {
    return "";
  }
  return painted(options.color, tone::heading, model::name_of(state)) + "\n\n" + text +
         (with_stacks ? "" : "\n");
}

std::string verdict_line(const model::judgement& judged, const text_options& options) {
  switch (judged.result) {
    case model::verdict::pass:
      return painted(options.color, tone::heading, "gate: pass") + "\n";
    case model::verdict::fail:
      return painted(options.color, tone::bad, "gate: FAIL") +
             (judged.gaps.empty() ? "\n" : ", and the evidence is incomplete\n");
    case model::verdict::incomplete:
      break;
  }
  return painted(options.color, tone::bad, "gate: INCOMPLETE") +
         ": nothing new was found, but that proves nothing\n";
}

}  // namespace

std::string render_verdict(const model::report& report, const text_options& options) {
  const model::judgement& judged = *report.judgement;
  std::string text = verdict_line(judged, options) + "rule: " + judged.rule + "\n\n";
  text += list_text(judged.faults, "faults", options, tone::bad);
  text += list_text(judged.gaps, "missing evidence", options, tone::warn);
  text += list_text(judged.remarks, "remarks", options, tone::plain);
  text += in_state(report, finding_state::added, true, options);
  text += in_state(report, finding_state::grown, true, options);
  for (const finding_state state : {finding_state::changed, finding_state::moved,
                                    finding_state::shrunk, finding_state::fixed}) {
    text += in_state(report, state, false, options);
  }
  return text + suppressions_text(report) + last_line(report, options);
}

std::string render_differences(const model::report& report, const text_options& options) {
  std::string text;
  if (report.judgement) {
    text += list_text(report.judgement->remarks, "remarks", options, tone::plain);
    text += list_text(report.judgement->gaps, "missing evidence", options, tone::warn);
  }
  text += in_state(report, finding_state::added, true, options);
  text += in_state(report, finding_state::grown, true, options);
  for (const finding_state state : {finding_state::changed, finding_state::moved,
                                    finding_state::shrunk, finding_state::fixed}) {
    text += in_state(report, state, false, options);
  }
  const bool incomplete = report.judgement && !report.judgement->gaps.empty();
  const bool differs = std::any_of(report.findings.begin(), report.findings.end(), is_difference);
  text += differs ? last_line(report, options) : "No difference.\n";
  return !incomplete ? text : text + "The evidence is incomplete: see `track report`.\n";
}

}  // namespace track::reports
