#include "reports/dot.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "libtrack/support/text.hpp"
#include "reports/format.hpp"

namespace track::reports {
namespace {

std::string quoted(const std::string& text) {
  std::string word = "\"";
  for (const char c : escape_control(text)) {
    word += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  }
  return word + "\"";
}

std::string node(std::size_t number, const std::string& label, const char* shape) {
  return fmt::format("  n{} [label={}, shape={}];\n", number, quoted(label), shape);
}

std::string begin_graph() {
  return "digraph track {\n  node [fontname=\"sans-serif\"];\n  edge [fontname=\"sans-serif\"];\n";
}

std::string hop_label(const model::path_step& step) {
  if (step.kind == model::step_kind::heap) {
    const std::string type = step.type.empty() ? "block of unknown type" : step.type;
    return step.allocated_in.empty() ? type : type + ", from " + step.allocated_in;
  }
  std::string label = model::name_of(step.kind);
  label += step.name.empty() ? "" : " " + step.name;
  label += step.module.empty() ? "" : " in " + step.module;
  return label + (step.thread_id ? fmt::format(" of thread {}", *step.thread_id) : "");
}

std::string field_label(const model::path_step& step) {
  return step.field.empty() && step.offset ? fmt::format("+{}", *step.offset) : step.field;
}

}  // namespace

std::string render_dot(const model::finding& finding) {
  const model::cycle& cycle = *finding.cycle;
  std::string text = begin_graph() + "  label=" + quoted(finding.title) + ";\n";
  for (std::size_t i = 0; i < cycle.members.size(); ++i) {
    const model::cycle_member& member = cycle.members[i];
    text += node(i,
                 (member.type.empty() ? "block of unknown type" : member.type) + ", " +
                     count_text(member.count),
                 "box");
  }
  for (const model::cycle_edge& edge : cycle.edges) {
    const std::string field = edge.field.empty() ? fmt::format("+{}", edge.offset) : edge.field;
    const bool advised =
        std::any_of(cycle.weaken.begin(), cycle.weaken.end(), [&](const model::cycle_advice& each) {
          return each.member == edge.from && each.field == field;
        });
    text += fmt::format("  n{} -> n{} [label={}{}];\n", edge.from, edge.to,
                        quoted(advised ? field + " (make weak)" : field),
                        advised ? ", style=dashed" : "");
  }
  return text + "}\n";
}

std::string render_dot(const model::explanation& explanation) {
  std::string nodes;
  std::set<std::string> edges;
  std::map<std::string, std::size_t> numbers;
  for (const model::holding& way : explanation.ways) {
    std::string before;
    for (std::size_t i = 0; i < way.path.size(); ++i) {
      const model::path_step& step = way.path[i];
      // A type may come twice in one way: its place tells them apart.
      const std::string identity = hop_label(step) + '\0' + std::to_string(i);
      const auto [place, is_new] = numbers.try_emplace(identity, numbers.size());
      if (is_new) {
        nodes += node(place->second, hop_label(step),
                      step.kind == model::step_kind::heap ? "box" : "ellipse");
      }
      if (i != 0) {
        edges.insert(fmt::format("  n{} -> n{} [label={}];\n", before, place->second,
                                 quoted(field_label(way.path[i - 1]))));
      }
      before = std::to_string(place->second);
    }
  }
  std::string text = begin_graph() + "  label=" + quoted("why " + explanation.what) + ";\n" + nodes;
  for (const std::string& edge : edges) {
    text += edge;
  }
  return text + "}\n";
}

}  // namespace track::reports
