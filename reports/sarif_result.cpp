#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "reports/format.hpp"
#include "reports/json_finding.hpp"
#include "reports/primary_place.hpp"
#include "reports/sarif_parts.hpp"

namespace track::reports {
namespace {

using json = nlohmann::ordered_json;
using model::finding_state;

constexpr const char* source_root = "SRCROOT";

json artifact_of(const std::string& file, bool is_source) {
  if (file.starts_with('/')) {
    return {{"uri", "file://" + percent_encoded(file)}};
  }
  json artifact = {{"uri", percent_encoded(file)}};
  if (is_source) {
    artifact["uriBaseId"] = source_root;
  }
  return artifact;
}

json physical_of(const primary_place& place) {
  json physical = {{"artifactLocation", artifact_of(place.file, place.is_source)}};
  if (place.line.value_or(0) != 0) {
    physical["region"] = {{"startLine", *place.line}};
  }
  return physical;
}

json logical_of(const std::string& function) {
  return json::array({{{"fullyQualifiedName", function}, {"kind", "function"}}});
}

json location_of(const primary_place& place) {
  json location = {{"physicalLocation", physical_of(place)}};
  if (!place.function.empty()) {
    location["logicalLocations"] = logical_of(place.function);
  }
  return location;
}

json frame_of(const model::frame& frame) {
  json shown = json::object();
  if (!frame.file.empty()) {
    shown["location"] = location_of({frame.file, frame.line, frame.function, true});
  } else if (!frame.function.empty()) {
    shown["location"] = {{"logicalLocations", logical_of(frame.function)}};
  }
  if (!frame.module.empty()) {
    shown["module"] = frame.module;
  }
  json properties = json::object();
  if (frame.offset) {
    properties["offset"] = *frame.offset;
  }
  if (frame.inlined) {
    properties["inlined"] = true;
  }
  if (frame.unloaded) {
    properties["unloaded"] = true;
  }
  if (!properties.empty()) {
    shown["properties"] = std::move(properties);
  }
  return shown;
}

// Arrays whose members the standard wants unique.
void push_unique(json& list, json value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) {
    list.push_back(std::move(value));
  }
}

json stack_of(const std::string& role, const model::stack& stack) {
  json frames = json::array();
  for (const model::frame& frame : stack) {
    frames.push_back(frame_of(frame));
  }
  return {{"message", sarif_message(role)}, {"frames", std::move(frames)}};
}

json stacks_of(const model::finding& finding) {
  json stacks = json::array();
  if (!finding.allocated.empty()) {
    stacks.push_back(stack_of("allocated", finding.allocated));
  }
  for (const model::named_stack& each : finding.stacks) {
    push_unique(stacks, stack_of(each.role, each.frames));
  }
  return stacks;
}

// Where the further stacks begin in user code: releases, members of a cycle.
json related_of(const model::finding& finding) {
  json locations = json::array();
  for (const model::named_stack& each : finding.stacks) {
    if (const auto frame = source_frame(each.frames)) {
      json location = location_of({frame->file, frame->line, frame->function, true});
      location["message"] = sarif_message(each.role);
      push_unique(locations, std::move(location));
    }
  }
  for (std::size_t i = 0; i < locations.size(); ++i) {
    locations[i]["id"] = i + 1;
  }
  return locations;
}

bool is_advised(const model::cycle& cycle, const model::cycle_edge& edge) {
  return !edge.field.empty() && std::any_of(cycle.weaken.begin(), cycle.weaken.end(),
                                            [&edge](const model::cycle_advice& each) {
                                              return each.member == edge.from &&
                                                     each.field == edge.field;
                                            });
}

json graph_of(const model::finding& finding) {
  const model::cycle& cycle = *finding.cycle;
  json nodes = json::array();
  for (std::size_t i = 0; i < cycle.members.size(); ++i) {
    const model::cycle_member& member = cycle.members[i];
    nodes.push_back(
        {{"id", fmt::format("n{}", i)},
         {"label", sarif_message(member.type.empty() ? "block of unknown type" : member.type)},
         {"properties", {{"count", member.count}, {"bytes", member.bytes}}}});
  }
  json edges = json::array();
  for (const model::cycle_edge& edge : cycle.edges) {
    const std::string field = edge.field.empty() ? fmt::format("+{}", edge.offset) : edge.field;
    edges.push_back(
        {{"id", fmt::format("e{}", edges.size())},
         {"label", sarif_message(is_advised(cycle, edge) ? field + " (make weak)" : field)},
         {"sourceNodeId", fmt::format("n{}", edge.from)},
         {"targetNodeId", fmt::format("n{}", edge.to)},
         {"properties", {{"kind", model::name_of(edge.kind)}, {"offset", edge.offset}}}});
  }
  return {{"description", sarif_message(finding.title)},
          {"nodes", std::move(nodes)},
          {"edges", std::move(edges)}};
}

// What is known beyond the standard's members, as the contract's JSON names it.
json properties_of(const model::finding& finding) {
  static const std::set<std::string> kept = {
      "weak",       "processes", "test",     "label",           "tag",      "type",
      "tracked",    "blocks",    "bytes",    "retained_blocks", "age_ms",   "retained_bytes",
      "overdue_ms", "owner",     "proven",   "unloaded_module", "mismatch", "cache",
      "growth",     "path",      "baseline", "state",           "group"};
  model::finding numbers = finding;
  numbers.allocated.clear();
  numbers.stacks.clear();
  json properties = json::object();
  json known = json_of(numbers);
  for (auto& [key, value] : known.items()) {
    if (kept.contains(key) && !value.is_null()) {
      properties[key] = std::move(value);
    }
  }
  if (properties.contains("growth")) {
    properties["growth"].erase("series");
  }
  if (finding.cycle) {
    properties["cycle"] = {{"count", finding.cycle->count}, {"proven", finding.cycle->proven}};
  }
  return properties;
}

// The standard wants it in all results of a run, or none; what was not compared did not change.
const char* baseline_state(const std::optional<finding_state>& state) {
  switch (state.value_or(finding_state::known)) {
    case finding_state::added:
      return "new";
    case finding_state::known:
      return "unchanged";
    case finding_state::fixed:
      return "absent";
    default:
      return "updated";
  }
}

void add_if_any(json& result, const char* key, json list) {
  if (!list.empty()) {
    result[key] = std::move(list);
  }
}

}  // namespace

std::string percent_encoded(std::string_view path) {
  constexpr std::string_view kept = "-._~!$&'()*+,;=@/";  // RFC 3986, pchar, without ':'
  std::string uri;
  uri.reserve(path.size());
  for (const char c : path) {
    const bool is_word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_word || kept.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return uri;
}

json sarif_message(std::string_view text) {
  std::string literal;
  literal.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    // SARIF 2.1.0, 3.11.5: braces are doubled; 3.11.6: "](" would make a link of what is around it.
    if (c == '{' || c == '}') {
      literal += c;
    } else if (c == ']' && i + 1 < text.size() && text[i + 1] == '(') {
      literal += '\\';
    }
    literal += c;
  }
  return {{"text", std::move(literal)}};
}

json sarif_result(const model::finding& finding, const sarif_run& run) {
  const char* kind = model::name_of(finding.kind);
  json result = {{"ruleId", kind},
                 {"ruleIndex", static_cast<int>(finding.kind)},
                 {"level", sarif_level(finding)},
                 {"message", sarif_message(finding.title.empty() ? kind : finding.title)},
                 {"locations", json::array({location_of(primary_place_of(run.report, finding))})},
                 {"partialFingerprints", {{"libtrack/v1", finding.fingerprint}}}};
  if (run.compared) {
    result["baselineState"] = baseline_state(finding.state);
  }
  if (run.suppressing) {
    result["suppressions"] =
        finding.suppressed ? json::array({{{"kind", "external"}}}) : json::array();
  }
  if (finding.blocks != 0) {
    result["occurrenceCount"] = finding.blocks;
  }
  add_if_any(result, "relatedLocations", related_of(finding));
  add_if_any(result, "stacks", stacks_of(finding));
  if (finding.cycle) {
    result["graphs"] = json::array({graph_of(finding)});
  }
  result["properties"] = properties_of(finding);
  return result;
}

}  // namespace track::reports
