#include "libtrack/analysis/graph/cycle_builder.hpp"

#include <algorithm>
#include <cstddef>

namespace track::analysis::graph {

using capture::graph_edge;
using capture::heap_graph;

cycle_builder::cycle_builder(const heap_graph& heap, const block_set& part, const components& parts,
                             std::span<const std::uint32_t> chosen, const cycle_options& options)
    : heap_(heap),
      part_(part),
      parts_(parts),
      options_(options),
      controls_(heap),
      is_chosen_(parts.count(), false),
      place_(part.size()),
      component_of_(controls_.size(), no_block),
      tallies_(controls_.size()) {
  for (const std::uint32_t component : chosen) {
    is_chosen_[component] = true;
    std::uint32_t place = 0;
    for (const std::uint32_t member : parts.members_of(component)) {
      place_[part.rank(member)] = place++;
    }
  }
  bool any = false;
  for (std::uint32_t i = 0; i < controls_.size(); ++i) {
    component_of_[i] = chosen_component(controls_[i].block);
    any |= component_of_[i] != no_block;
  }
  if (any) {
    count_references();
  }
}

std::uint32_t cycle_builder::chosen_component(std::uint32_t block) const {
  if (!part_.contains(block)) {
    return no_block;
  }
  const std::uint32_t component = parts_.of[part_.rank(block)];
  return is_chosen_[component] ? component : no_block;
}

std::uint32_t cycle_builder::place_in(std::uint32_t component, std::uint32_t block) const {
  if (block == no_block || chosen_component(block) != component) {
    return no_block;
  }
  return place_[part_.rank(block)];
}

field_kind cycle_builder::evidence(std::uint32_t block, std::uint32_t word) {
  if (!options_.evidence) {
    return field_kind::unknown;
  }
  const std::uint32_t type = type_of(block);
  const std::uint64_t id = type != 0 ? type : heap_.site[block];
  const std::uint64_t key = id << 32 | std::uint64_t{word} << 1 | (type != 0 ? 1 : 0);
  const auto [at, fresh] = told_.try_emplace(key, field_kind::unknown);
  if (fresh) {
    at->second = options_.evidence(block, word);
  }
  return at->second;
}

// --- counting references ----------------------------------------------------------------------

void cycle_builder::count_reference(std::uint32_t control, std::uint32_t source, std::uint32_t word,
                                    bool whole) {
  const bool inside = source != no_block && chosen_component(source) == component_of_[control];
  const field_kind told =
      source == no_block || word == 0 ? field_kind::unknown : evidence(source, word - 1);
  reference_tally& tally = tallies_[control];
  reference_tally::counts& counts = inside ? tally.inside : tally.outside;
  if (told == field_kind::strong) {
    ++counts.strong;
  } else if (told == field_kind::weak) {
    ++counts.weak;
  } else if (whole || !inside) {
    ++counts.unknown;
  }
}

void cycle_builder::count_references() {
  for (std::uint32_t block = 0; block < heap_.block_count(); ++block) {
    const std::uint64_t begin = heap_.first_edge[block];
    const std::uint64_t end = heap_.first_edge[block + std::size_t{1}];
    for (std::uint64_t place = begin; place < end; ++place) {
      const graph_edge& edge = heap_.edges[place];
      const std::uint32_t control = controls_.pointed_at(edge, place, heap_.interiors);
      if (control != control_blocks::none && component_of_[control] != no_block) {
        const bool whole = place > begin && heap_.edges[place - 1].word + 1 == edge.word;
        count_reference(control, block, edge.word, whole);
      }
    }
  }
  for (std::uint64_t place = 0; place < heap_.root_edges.size(); ++place) {
    const graph_edge& edge = heap_.root_edges[place];
    const std::uint32_t control = controls_.pointed_at(edge, place, heap_.root_interiors);
    if (control != control_blocks::none && component_of_[control] != no_block) {
      count_reference(control, no_block, edge.word, false);
    }
  }
}

// Weak pointers by the count that are not known by their fields.
std::uint64_t cycle_builder::unfound_weak(std::uint32_t control) const {
  const std::uint64_t known = tallies_[control].inside.weak + tallies_[control].outside.weak;
  return controls_[control].weak - std::min(controls_[control].weak, known);
}

// Owners that are surely inside: as many of the unknown pairs as can be may be weak.
std::uint64_t cycle_builder::explained(std::uint32_t control) const {
  const reference_tally::counts& inside = tallies_[control].inside;
  return inside.strong + inside.unknown - std::min(inside.unknown, unfound_weak(control));
}

cycle_builder::account cycle_builder::account_of(std::uint32_t component) const {
  account sum;
  bool any = false;
  bool exact = true;
  for (const std::uint32_t member : parts_.members_of(component)) {
    for (std::uint32_t i = controls_.first_in(member);
         i < controls_.size() && controls_[i].block == member; ++i) {
      const control_block& control = controls_[i];
      const reference_tally& tally = tallies_[i];
      const std::uint64_t found = explained(i);
      any |= control.owners != 0;
      sum.unexplained += control.owners - std::min(control.owners, found);
      const bool surplus = tally.inside.sum() + tally.outside.sum() > control.owners + control.weak;
      exact &= tally.outside.strong == 0 && (tally.outside.unknown == 0 || !surplus);
    }
  }
  sum.proven = any && exact && sum.unexplained == 0;
  return sum;
}

// --- links ------------------------------------------------------------------------------------

link_role cycle_builder::role_of_pair(std::uint32_t control, std::uint32_t source,
                                      field_kind told) const {
  const control_block& to = controls_[control];
  if (to.owners == 0 || told == field_kind::weak) {
    return link_role::weak;
  }
  if (told == field_kind::strong || unfound_weak(control) == 0) {
    return link_role::strong;
  }
  const reference_tally& tally = tallies_[control];
  if (tally.inside.strong + tally.outside.strong >= to.owners) {
    return link_role::weak;
  }
  // An object that points at itself, while other references are missing: the weak pair of
  // enable_shared_from_this, and the owner is unknown.
  const bool missing = tally.inside.sum() + tally.outside.sum() < to.owners + to.weak;
  return missing && source == to.managed ? link_role::weak : link_role::unknown;
}

void cycle_builder::add_pair(std::uint32_t component, std::uint32_t member, std::uint32_t control,
                             const graph_edge& edge, bool whole, component_links& all) {
  const std::uint32_t block = all.members[member];
  const std::uint32_t to_control = place_in(component, controls_[control].block);
  if (to_control == no_block) {
    return;
  }
  const std::uint32_t word = edge.word == 0 ? 0 : edge.word - 1;
  const field_kind told = edge.word == 0 ? field_kind::unknown : evidence(block, word);
  link_role role = role_of_pair(control, block, told);
  if (!whole && role == link_role::strong && told != field_kind::strong) {
    role = link_role::unknown;
  }
  const std::uint32_t managed = place_in(component, controls_[control].managed);
  all.links.push_back({member, managed != no_block ? managed : to_control, word, role, no_block});
}

void cycle_builder::add_plain(std::uint32_t component, std::uint32_t member, std::uint64_t place,
                              component_links& all) {
  const graph_edge& edge = heap_.edges[place];
  const std::uint32_t to = place_in(component, edge.target);
  if (to == no_block) {
    return;
  }
  const field_kind told = evidence(all.members[member], edge.word);
  const bool at_start =
      edge.interior == 0 || heap_graph::interior_of(heap_.interiors, place).flags != 0;
  link_role role = link_role::observer;
  if (told == field_kind::intrusive) {
    role = link_role::intrusive;
  } else if (all.control[member]) {
    role = link_role::keeper;
  } else if (told != field_kind::observer && !all.counted[to] && !all.control[to] && at_start) {
    role = told == field_kind::owner ? link_role::owner : link_role::likely_owner;
  }
  all.links.push_back({member, to, edge.word, role, no_block});
}

void cycle_builder::add_links(std::uint32_t component, std::uint32_t member, component_links& all) {
  const std::uint32_t block = all.members[member];
  const std::uint64_t begin = heap_.first_edge[block];
  const std::uint64_t end = heap_.first_edge[block + std::size_t{1}];
  const auto control_at = [&](std::uint64_t place) {
    return controls_.pointed_at(heap_.edges[place], place, heap_.interiors);
  };
  for (std::uint64_t place = begin; place < end; ++place) {
    const graph_edge& edge = heap_.edges[place];
    const std::uint32_t control = control_at(place);
    if (control != control_blocks::none) {
      const bool whole = place > begin && heap_.edges[place - 1].word + 1 == edge.word;
      add_pair(component, member, control, edge, whole, all);
      continue;
    }
    const bool is_element = place + 1 < end && heap_.edges[place + 1].word == edge.word + 1 &&
                            control_at(place + 1) != control_blocks::none;
    if (!is_element) {
      add_plain(component, member, place, all);
    }
  }
}

void cycle_builder::mark_counted(std::uint32_t component, component_links& all) {
  all.counted.assign(all.members.size(), false);
  all.control.assign(all.members.size(), false);
  for (std::uint32_t member = 0; member < all.members.size(); ++member) {
    const std::uint32_t block = all.members[member];
    for (std::uint32_t i = controls_.first_in(block);
         i < controls_.size() && controls_[i].block == block; ++i) {
      const control_block& control = controls_[i];
      const std::uint32_t managed = place_in(component, control.managed);
      if (control.separate() && managed != no_block) {
        all.control[member] = true;
        all.links.push_back({managed, member, 0, link_role::keeper, no_block});
      }
      if (control.owners != 0) {
        all.counted[managed != no_block ? managed : member] = true;
      }
    }
    for (std::uint64_t place = heap_.first_edge[block];
         options_.evidence && place < heap_.first_edge[block + std::size_t{1}]; ++place) {
      const std::uint32_t to = place_in(component, heap_.edges[place].target);
      if (to != no_block && evidence(block, heap_.edges[place].word) == field_kind::intrusive) {
        all.counted[to] = true;
      }
    }
  }
}

component_links cycle_builder::links_of(std::uint32_t component) {
  component_links all;
  all.members = parts_.members_of(component);
  mark_counted(component, all);
  for (std::uint32_t member = 0; member < all.members.size(); ++member) {
    add_links(component, member, all);
  }
  all.sort_links();
  if (std::find(all.counted.begin(), all.counted.end(), true) != all.counted.end()) {
    all.settle_owners(heap_);
  }
  return all;
}

}  // namespace track::analysis::graph
