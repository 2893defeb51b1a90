// Reports built by hand for the formats of CI systems: a finding of a kind, names that mean harm.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "libtrack/model/report.hpp"

namespace track::test::ci {

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

constexpr model::finding_kind every_kind[] = {
    model::finding_kind::lost,     model::finding_kind::cycle,   model::finding_kind::possibly_lost,
    model::finding_kind::cache,    model::finding_kind::growth,  model::finding_kind::overdue,
    model::finding_kind::mismatch, model::finding_kind::survivor};

inline model::frame frame_of(const std::string& function, const std::string& file,
                             std::optional<std::uint32_t> line, const std::string& module = "app") {
  model::frame frame;
  frame.function = function;
  frame.file = file;
  frame.line = line;
  frame.module = frame.module_path = module;
  return frame;
}

inline model::path_step step_of(model::step_kind kind, const std::string& name,
                                const std::string& type, const std::string& field) {
  model::path_step step;
  step.kind = kind;
  step.name = step.module = step.allocated_in = name;
  step.type = type;
  step.field = field;
  return step;
}

inline model::finding finding_of(model::finding_kind kind) {
  model::finding finding;
  finding.kind = kind;
  finding.fingerprint = "0123456789abcdef";
  finding.processes = {0};
  finding.title = std::string("a title of ") + model::name_of(kind);
  finding.blocks = 2;
  finding.bytes = 1234;
  finding.allocated_by = "operator new";
  finding.allocated = {frame_of("std::make_unique<int>(int&&)", "/usr/include/c++/unique_ptr.h", 9),
                       frame_of("make_session(int)", "src/session.cpp", 42),
                       frame_of("main", "src/main.cpp", 12), frame_of("_start", "", {})};
  return finding;
}

inline model::report report_of(std::vector<model::finding> findings) {
  model::report report;
  report.processes.resize(1);
  report.processes[0].program = "/opt/app";
  report.findings = std::move(findings);
  return report;
}

inline model::report report_of(model::finding_kind kind) {
  return report_of(std::vector<model::finding>{finding_of(kind)});
}

inline model::report judged(model::report report, model::verdict result,
                            std::vector<std::string> faults = {},
                            std::vector<std::string> gaps = {}) {
  report.judgement =
      model::judgement{result, "no new lost", std::move(faults), std::move(gaps), {}};
  return report;
}

inline model::report incomplete_report() {
  model::report report = report_of(std::vector<model::finding>{});
  report.processes[0].quality.complete = false;
  report.processes[0].quality.reasons = {{"killed_before_still", "ended by signal 9"},
                                         {"no_collector", "a note"},
                                         {"events_lost", "3 events"}};
  return report;
}

// Each as every name of a finding.
inline std::vector<std::string> hostile_names() {
  return {"::error file=a::owned",
          "a\n::error::owned\r::warning::owned",
          "%0A::error::owned%25",
          "##[error]owned",
          "]]>",
          "</script><script>alert(1)</script>",
          "\"><failure message='&lt;'/>",
          std::string("nul\0and\x1b[2J\x7f\xc2\x85", 14),
          "\xff\xfe\xc0\x80\xed\xa0\x80",
          "\xef\xbf\xbe\xef\xbf\xbf",
          "\xe2\x80\xae reversed \xe2\x80\xa8",
          "``` ` ```` @octocat #1 GH-1",
          "a|b\\|c|",
          "[link](https://evil.example) ![](x) www.evil.example",
          "```\n</details>\n# owned",
          "std::vector<" + std::string(65536, 'x') + ">",
          std::string(8192, '`'),
          std::string(8192, '|')};
}

inline model::report hostile_report(const std::string& name, std::size_t copies = 1) {
  std::vector<model::finding> findings;
  for (std::size_t i = 0; i < copies; ++i) {
    model::finding finding = finding_of(every_kind[i % std::size(every_kind)]);
    finding.title = finding.type = finding.label = finding.test = finding.tag = name;
    finding.allocated_by = finding.unloaded_module = name;
    finding.allocated = model::stack(14, frame_of(name, name, 7, name));
    finding.stacks = {{name, finding.allocated}};
    finding.path = model::path(3, step_of(model::step_kind::heap, name, name, name));
    if (finding.kind == model::finding_kind::cycle) {
      finding.cycle = model::cycle{};
      finding.cycle->members = {{name, 1, 2}};
      finding.cycle->edges = {{0, 0, name, 8, model::edge_kind::raw}};
      finding.cycle->weaken = {{0, name, name, name}};
    }
    if (finding.kind == model::finding_kind::cache) {
      finding.cache = model::cache{};
      finding.cache->container = finding.cache->owner = name;
    }
    findings.push_back(finding);
  }
  model::report report = report_of(findings);
  report.processes[0].program = name;
  report.processes[0].quality.complete = false;
  report.processes[0].quality.reasons.assign(copies, {name, name});
  return report;
}

}  // namespace track::test::ci
