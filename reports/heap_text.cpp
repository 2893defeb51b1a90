#include "reports/heap_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "libtrack/support/units.hpp"
#include "reports/finding_text.hpp"
#include "reports/format.hpp"
#include "reports/json_finding.hpp"
#include "reports/stack_text.hpp"

namespace track::reports {
namespace {

constexpr int schema_version = 1;

std::string amount_text(const model::block_sum& sum) {
  return size_text(sum.bytes) + " in " + plural(sum.blocks, "block");
}

std::string way_text(const model::holding& way, const text_options& options) {
  const bool lost = way.block_class == "lost";
  std::string text =
      painted(options.color, lost ? tone::bad : tone::heading, amount_text(way.held));
  text += lost                                 ? ", lost: nothing points to the first of these\n"
          : way.block_class == "possibly_lost" ? ", possibly lost, reached only by\n"
                                               : ", held by\n";
  return text + path_text(way.path, options) + "\n";
}

std::string program_of(const model::report& report, std::uint64_t number) {
  const auto found =
      std::find_if(report.processes.begin(), report.processes.end(),
                   [number](const model::process& process) { return process.number == number; });
  return found == report.processes.end() ? "" : escape_control(found->program);
}

std::string printed(const ordered_json& document) {
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

std::string render_text(const model::explanation& explanation, const text_options& options) {
  std::string text = fmt::format("{}: {} at still {} ({})\n\n", escape_control(explanation.what),
                                 amount_text(explanation.found), explanation.still.number,
                                 explanation.still.trigger);
  for (const model::holding& way : explanation.ways) {
    text += way_text(way, options);
  }
  if (explanation.ways_left_out != 0) {
    text += fmt::format("and {} more ways; --limit N shows more\n", explanation.ways_left_out);
  }
  if (explanation.unexamined != 0) {
    text += fmt::format("ways to {} more blocks were not looked for\n",
                        count_text(explanation.unexamined));
  }
  return text;
}

std::string render_json(const model::explanation& explanation) {
  ordered_json ways = ordered_json::array();
  for (const model::holding& way : explanation.ways) {
    ways.push_back({{"class", way.block_class},
                    {"blocks", way.held.blocks},
                    {"bytes", way.held.bytes},
                    {"path", path_of(way.path)}});
  }
  return printed({{"schema", "libtrack.why"},
                  {"version", schema_version},
                  {"tool", explanation.tool_version},
                  {"what", explanation.what},
                  {"still", json_of(explanation.still)},
                  {"blocks", explanation.found.blocks},
                  {"bytes", explanation.found.bytes},
                  {"truncated", explanation.ways_left_out != 0 || explanation.unexamined != 0},
                  {"ways", std::move(ways)},
                  {"ways_left_out", explanation.ways_left_out},
                  {"unexamined", explanation.unexamined}});
}

std::string render_stills_text(const model::report& report, const text_options& options) {
  if (report.stills.empty()) {
    return "No still of the heap is in this capture.\n";
  }
  std::string text =
      painted(options.color, tone::heading,
              fmt::format("{:>5}  {:<10}  {:>12}  {:>10}  {:>12}  {:>9}  {}", "still", "taken",
                          "at", "blocks", "bytes", "pause", "process")) +
      "\n";
  for (const model::still& still : report.stills) {
    text += fmt::format("{:>5}  {:<10}  {:>12}  {:>10}  {:>12}  {:>6.1f} ms  {} {}\n", still.number,
                        still.trigger, still.at_ms ? short_duration(*still.at_ms) : "unknown",
                        count_text(still.blocks), size_text(still.bytes), still.pause_ms,
                        still.process, program_of(report, still.process));
  }
  return text;
}

std::string render_stills_json(const model::report& report) {
  ordered_json stills = ordered_json::array();
  for (const model::still& still : report.stills) {
    stills.push_back(json_of(still));
  }
  return printed({{"schema", "libtrack.stills"},
                  {"version", schema_version},
                  {"tool", report.tool_version},
                  {"stills", std::move(stills)}});
}

}  // namespace track::reports
