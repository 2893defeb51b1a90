// Fuzz target: any bytes as a file of suppressions, in both syntaxes.
//
// A file is read whole or refused with its place; what is read can be asked about any finding.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "libtrack/analysis/suppressions.hpp"
#include "tests/fuzz/require.hpp"

namespace {

using namespace track;
using namespace track::analysis;
using track::test::require;

model::finding example() {
  model::finding finding;
  finding.kind = model::finding_kind::lost;
  finding.fingerprint = "0123456789abcdef";
  finding.processes = {0};
  finding.allocated_by = "operator new";
  finding.blocks = 3;
  for (const char* function :
       {"std::make_unique<Session>(int&&)", "net::make_session(int)", "", "main"}) {
    model::frame frame;
    frame.function = function;
    frame.file = "/src/session.cpp";
    frame.line = 42;
    frame.module = "app";
    frame.module_path = "/opt/bin/app";
    frame.inlined = finding.allocated.empty();
    finding.allocated.push_back(std::move(frame));
  }
  return finding;
}

void check_entry(const suppression& entry, std::size_t lines) {
  require(entry.use.line >= 1 && entry.use.line <= lines && !entry.use.name.empty());
  require(!entry.kinds.empty() || !entry.fingerprint.empty());
  static const model::finding finding = example();
  model::finding nothing;
  matches(entry, finding);
  matches(entry, nothing);
}

// A set takes what the parser takes; an entry that matches has the finding.
void check_set(const std::string& text, bool reads) {
  suppression_set set("2026-11-22");
  require(static_cast<bool>(set.add(text, "f.supp")) == reads);
  model::report report;
  report.processes.emplace_back();
  report.findings = {example()};
  set.apply(report);
  const model::suppression_uses uses = set.uses();
  require(report.findings[0].suppressed == (uses.used.size() == 1));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_suppressions(text, "f.supp", "2026-11-22");
  if (parsed) {
    const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
    for (const suppression& entry : parsed->entries) {
      check_entry(entry, lines);
    }
    require(parsed->entries.size() + parsed->other_kinds <= lines);
  } else {
    require(parsed.failure().code == error_code::usage);
    require(parsed.failure().message.starts_with("f.supp:"));
  }
  check_set(text, static_cast<bool>(parsed));
  const std::size_t half = text.size() / 2;
  template_matches(std::string_view(text).substr(0, half), std::string_view(text).substr(half));
  return 0;
}
