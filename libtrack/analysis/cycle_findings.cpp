#include "libtrack/analysis/cycle_findings.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/user_frames.hpp"

namespace track::analysis {
namespace {

constexpr std::uint64_t word_bytes = 8;
constexpr std::uint32_t no_member = 0xffffffff;

model::edge_kind kind_of(graph::link_kind kind) {
  return kind == graph::link_kind::raw       ? model::edge_kind::raw
         : kind == graph::link_kind::unknown ? model::edge_kind::unknown
                                             : model::edge_kind::strong;
}

std::string reason_text(graph::advice_reason reason, const std::string& to) {
  const std::string target = to.empty() ? "the other object" : to;
  switch (reason) {
    case graph::advice_reason::only_one:
      return "no other edge alone would let all of them go";
    case graph::advice_reason::older:
      return "it leads back to the older object, " + target + ", which should own, not be owned";
    case graph::advice_reason::fewer:
      return "it leads from many objects to few: " + target + " is what they belong to";
    case graph::advice_reason::earlier:
      break;
  }
  return "it leads back to " + target + ", which is allocated first";
}

// Members without a type are known by the place that allocated them.
std::string identity_of(const heap_view& view, const graph::cycle_members& member,
                        const std::string& exe, bool& weak) {
  const std::string type = view.name_of_type(member.type);
  if (!type.empty()) {
    return stable_type_name(type);
  }
  const std::uint32_t stack = view.all().sites[member.site].stack;
  const fingerprint print = view.code().fingerprint_of(stack, exe);
  weak = weak || print.weak;
  return "@" + print.digits;
}

// One shape, whose control blocks are left out.
class describer {
 public:
  describer(const heap_view& view, const graph::cycle_shape& shape, const std::string& exe)
      : view_(view), shape_(shape), exe_(exe) {}

  model::finding describe() {
    add_members();
    add_edges();
    add_advice();
    finding_.kind = model::finding_kind::cycle;
    finding_.blocks = shape_.blocks;
    finding_.bytes = shape_.bytes;
    model::cycle& cycle = *finding_.cycle;
    cycle.count = shape_.count;
    cycle.proven = shape_.count != 0 && shape_.proven == shape_.count;
    if (shape_.held_by == graph::hold::shared && !cycle.proven) {
      cycle.unexplained = shape_.unexplained;
    }
    finding_.proven = cycle.proven;
    finding_.type = cycle.members.empty() ? "" : cycle.members.front().type;
    finding_.title = cycle_title(finding_);
    return std::move(finding_);
  }

 private:
  void add_members() {
    finding_.cycle.emplace();
    for (const graph::cycle_members& member : shape_.members) {
      const bool is_object = !member.control && !member.storage;
      place_.push_back(is_object ? static_cast<std::uint32_t>(finding_.cycle->members.size())
                                 : no_member);
      if (!is_object) {
        continue;
      }
      finding_.cycle->members.push_back(
          {view_.name_of_type(member.type), member.blocks, member.bytes});
      const capture::site_row& site = view_.all().sites[member.site];
      model::stack stack = view_.code().stack(site.stack);
      if (finding_.cycle->members.size() == 1) {
        finding_.allocated = std::move(stack);
        finding_.allocated_by = name_of(site.function);
      } else {
        finding_.stacks.push_back({"member", std::move(stack)});
      }
    }
  }

  void add_edges() {
    std::set<std::string> edges;
    bool weak = false;
    for (const graph::cycle_edge& edge : shape_.edges) {
      if (place_[edge.from] == no_member || place_[edge.to] == no_member) {
        continue;
      }
      const graph::cycle_members& from = shape_.members[edge.from];
      const heap_view::place within = field_of(edge);
      finding_.cycle->edges.push_back(
          {place_[edge.from], place_[edge.to], within.field, within.offset, kind_of(edge.kind)});
      edges.insert(identity_of(view_, from, exe_, weak) + '\0' +
                   (within.field.empty() ? "+" + std::to_string(within.offset) : within.field));
    }
    const fingerprint print = fingerprint_of_edges({edges.begin(), edges.end()});
    finding_.fingerprint = print.digits;
    finding_.weak = weak;
  }

  void add_advice() {
    for (const graph::cycle_advice& advice : shape_.weaken) {
      const graph::cycle_edge& edge = shape_.edges[advice.edge];
      if (place_[edge.from] == no_member) {
        continue;
      }
      const graph::cycle_members& from = shape_.members[edge.from];
      const heap_view::place within = field_of(edge);
      const std::string to =
          place_[edge.to] == no_member ? "" : view_.name_of_type(shape_.members[edge.to].type);
      finding_.cycle->weaken.push_back(
          {place_[edge.from], view_.name_of_type(from.type),
           within.field.empty() ? "+" + std::to_string(within.offset) : within.field,
           reason_text(advice.reason, to)});
    }
  }

  // An edge is one field of all elements of an array.
  heap_view::place field_of(const graph::cycle_edge& edge) const {
    heap_view::place within =
        view_.place_in(shape_.members[edge.from].type, edge.word * word_bytes);
    if (within.field.starts_with('[')) {
      within.field.erase(0, within.field.find(']') + 1);
      within.field.erase(0, within.field.starts_with('.') ? 1 : 0);
    }
    return within;
  }

  const heap_view& view_;
  const graph::cycle_shape& shape_;
  const std::string& exe_;
  model::finding finding_;
  std::vector<std::uint32_t> place_;  // by member of the shape: in the finding's, or no_member
};

}  // namespace

model::finding describe_cycle(const heap_view& view, const graph::cycle_shape& shape,
                              const std::string& exe) {
  return describer(view, shape, exe).describe();
}

std::string cycle_title(const model::finding& finding) {
  constexpr std::size_t most_named = 4;
  const model::cycle& cycle = *finding.cycle;
  std::string members;
  for (std::size_t i = 0; i < cycle.members.size() && i < most_named; ++i) {
    const model::cycle_member& member = cycle.members[i];
    const std::uint64_t each = cycle.count == 0 ? member.count : member.count / cycle.count;
    members += i == 0 ? "" : i + 1 == std::min(cycle.members.size(), most_named) ? " and " : ", ";
    members += (each == 1 ? "" : std::to_string(each) + " ") +
               (member.type.empty() ? "untyped" : member.type);
  }
  const std::size_t more = cycle.members.size() - std::min(cycle.members.size(), most_named);
  members += more == 0 ? "" : " and " + std::to_string(more) + " other kinds";
  const std::string unload = finding.unloaded_module.empty()
                                 ? ""
                                 : ", lost when " + finding.unloaded_module + " was unloaded";
  return "cycle of " + members + unload +
         (cycle.count == 1 ? "" : ", " + std::to_string(cycle.count) + " times") + ": " +
         std::to_string(finding.bytes) + (finding.bytes == 1 ? " byte in " : " bytes in ") +
         std::to_string(finding.blocks) + (finding.blocks == 1 ? " block" : " blocks");
}

}  // namespace track::analysis
