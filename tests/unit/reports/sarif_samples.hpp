// Small reports for the tests of formats that services read: every kind, hostile names, many.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "libtrack/model/report.hpp"

namespace track::test {

inline constexpr model::finding_kind all_kinds[] = {
    model::finding_kind::lost,     model::finding_kind::cycle,   model::finding_kind::possibly_lost,
    model::finding_kind::cache,    model::finding_kind::growth,  model::finding_kind::overdue,
    model::finding_kind::mismatch, model::finding_kind::survivor};

inline model::frame frame_in(const std::string& function, const std::string& file,
                             std::uint32_t line) {
  model::frame frame;
  frame.function = function;
  frame.file = file;
  frame.line = line == 0 ? std::nullopt : std::optional(line);
  frame.module = "app";
  frame.offset = 0x1234;
  return frame;
}

inline model::finding finding_of(model::finding_kind kind, std::uint64_t bytes = 64) {
  model::finding finding;
  finding.kind = kind;
  finding.fingerprint = fmt::format("{:016x}", 0xabc0 + static_cast<int>(kind));
  finding.processes = {0};
  finding.title = std::string(model::name_of(kind)) + " in make(int)";
  finding.blocks = 2;
  finding.bytes = bytes;
  finding.allocated = {frame_in("make(int)", "/src/make.cpp", 7),
                       frame_in("main", "/src/main.cpp", 12)};
  return finding;
}

inline model::report report_of(std::vector<model::finding> findings) {
  model::report report;
  report.tool_version = "0.1.0";
  model::process process;
  process.program = "app";
  report.processes.push_back(std::move(process));
  report.findings = std::move(findings);
  return report;
}

inline model::cycle two_members() {
  model::cycle cycle;
  cycle.members = {{"Session", 1, 48}, {"", 1, 40}};
  cycle.edges = {{0, 1, "peer", 8, model::edge_kind::strong},
                 {1, 0, "", 16, model::edge_kind::unknown}};
  cycle.count = 1;
  cycle.weaken = {{0, "Session", "peer", "it leads back"}};
  return cycle;
}

// One of every kind, with all that the kind has.
inline model::report every_kind() {
  std::vector<model::finding> findings;
  for (const model::finding_kind kind : all_kinds) {
    findings.push_back(finding_of(kind));
  }
  findings[0].retained = model::block_sum{5, 500};
  findings[0].age_ms = model::age{1, 2, 3};
  findings[1].cycle = two_members();
  findings[1].stacks = {{"member", {frame_in("join()", "/src/join.cpp", 3)}},
                        {"member", {frame_in("join()", "/src/join.cpp", 3)}}};
  findings[3].cache = model::cache{};
  findings[3].growth = model::growth{};
  findings[3].growth->verdict = model::growth_verdict::growing;
  findings[3].growth->series = {{1, 2, 3}};
  findings[6].mismatch = model::mismatch{};
  findings[6].stacks = {{"freed", {frame_in("drop()", "/src/drop.cpp", 9)}},
                        {"freed_again", {frame_in("drop()", "/src/drop.cpp", 11)}}};
  return report_of(std::move(findings));
}

inline model::report every_state() {
  std::vector<model::finding> findings;
  for (const auto state :
       {model::finding_state::added, model::finding_state::known, model::finding_state::grown,
        model::finding_state::shrunk, model::finding_state::changed, model::finding_state::moved,
        model::finding_state::fixed}) {
    findings.push_back(finding_of(model::finding_kind::lost));
    findings.back().state = state;
    findings.back().title = model::name_of(state);
  }
  findings.push_back(finding_of(model::finding_kind::survivor));
  model::report report = report_of(std::move(findings));
  report.judgement = model::judgement{};
  report.judgement->result = model::verdict::fail;
  report.judgement->faults = {"2 blocks lost"};
  return report;
}

// Names as anybody could choose them.
inline std::vector<std::string> hostile_names() {
  return {"::error file=a,line=1::owned",
          "a%0A::error::b",
          "]]><testsuite>",
          "</script><script>alert(1)</script>",
          std::string("nul\0and more", 12),
          "no UTF-8: \xff\xfe \xc3(",
          "f{0}(int)::{lambda(int)#1}::operator()",
          "[click](https://example.com) and operator[](int)",
          "line\nfeed\r\t\x1b[31m",
          "right to left \xe2\x80\xae",
          "a b?c#d:e\\f\"g"};
}

inline model::report hostile() {
  std::vector<model::finding> findings;
  for (const std::string& name : hostile_names()) {
    model::finding finding = finding_of(model::finding_kind::cycle);
    finding.title = finding.type = finding.label = finding.test = name;
    finding.allocated = {frame_in(name, "/src/" + name, 1), frame_in(name, name, 0)};
    finding.allocated.edit(1).module = name;
    finding.stacks = {{name, finding.allocated}};
    finding.cycle = two_members();
    finding.cycle->members[0].type = finding.cycle->edges[0].field = name;
    findings.push_back(std::move(finding));
  }
  model::report report = report_of(std::move(findings));
  report.processes[0].program = hostile_names()[4] + hostile_names()[5];
  report.processes[0].quality.complete = false;
  for (const std::string& name : hostile_names()) {
    report.processes[0].quality.reasons.push_back({"events_lost", name});
  }
  return report;
}

inline model::report many(std::size_t count) {
  std::vector<model::finding> findings;
  for (std::size_t i = 0; i < count; ++i) {
    findings.push_back(finding_of(model::finding_kind::lost, i + 1));
    findings.back().fingerprint = fmt::format("{:016x}", i);
  }
  return report_of(std::move(findings));
}

}  // namespace track::test
