#include "libtrack/analysis/held_containers.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

#include "libtrack/analysis/graph/flood.hpp"
#include "libtrack/analysis/kinship.hpp"

namespace track::analysis {
namespace {

using graph::no_block;

graph::container_list find_shapes(const heap_view& view, const std::vector<std::uint32_t>& kin,
                                  const std::vector<std::uint32_t>& singles) {
  std::unordered_map<std::string, std::uint32_t> variables;
  graph::container_options options;
  options.kin = kin;
  options.singles = singles;
  options.variable_of = [&](std::uint32_t root, std::uint32_t word) -> std::uint32_t {
    // Members of one variable are told apart, elements of an array are not.
    std::string text = view.variable_at(root, word).text;
    text = text.substr(0, text.find('['));
    return text.empty() ? 0
                        : variables.emplace(std::move(text), variables.size() + 1).first->second;
  };
  return graph::find_containers(view.graph(), options);
}

// Registers, stacks and what an allocator keeps mapped have pointers of the past.
bool holds_for_sure(ledger::graph::root_kind kind) {
  return kind == ledger::graph::root_kind::segment || kind == ledger::graph::root_kind::tls;
}

}  // namespace

held_containers::held_containers(const heap_view& view, const std::vector<std::uint32_t>& singles)
    : view_(view),
      kin_(find_kin(view)),
      shapes_(find_shapes(view, kin_, singles)),
      names_(view, shapes_),
      owner_of_shape_(shapes_.all.size(), no_block),
      blocks_of_site_(view.all().sites.size()) {
  for (const std::uint32_t site : view.graph().site) {
    ++blocks_of_site_.at(site);
  }
  join_by_name();
  choose_entries();
  count();
}

void held_containers::join_by_name() {
  std::map<std::pair<std::string, std::string>, std::uint32_t> places;
  for (std::uint32_t shape = 0; shape < shapes_.all.size(); ++shape) {
    container_name name = names_.name_of(shapes_.all[shape]);
    if (name.runtime || shapes_.all[shape].holders.empty()) {
      continue;
    }
    std::uint32_t place = static_cast<std::uint32_t>(all_.size());
    if (!name.owner.empty()) {
      place = places.emplace(std::pair(name.owner, name.container), place).first->second;
    }
    if (place == all_.size()) {
      held_container& made = all_.emplace_back();
      made.owner = name.owner;
      made.container = name.container;
    }
    if (name.address != 0) {
      all_[place].addresses.push_back(name.address);
    }
    named_[shape] = std::move(name);
    all_[place].parts.push_back(shape);
    owner_of_shape_[shape] = place;
  }
}

// Of several kinds that one owner holds, as a vector's elements hold two strings each: nodes, or
// those that are most.
void held_containers::choose_entries() {
  for (held_container& each : all_) {
    std::map<std::uint32_t, std::uint64_t> sums;  // by kin
    const auto kin_of = [this](std::uint32_t shape) { return kin_[shapes_.all[shape].first]; };
    for (const std::uint32_t shape : each.parts) {
      sums[kin_of(shape)] += shapes_.all[shape].entries;
    }
    const auto weight = [&](std::uint32_t shape) {
      const bool is_node = view_.type_name(shapes_.all[shape].first).starts_with("element of ");
      return std::pair(is_node, sums[kin_of(shape)]);
    };
    const std::uint32_t main = *std::ranges::max_element(each.parts, {}, weight);
    each.entries = 0;
    for (const std::uint32_t shape : each.parts) {
      if (kin_of(shape) == kin_of(main)) {
        each.entry_parts.push_back(shape);
        const auto entries = names_.entries_of(shapes_.all[shape], named_.at(shape));
        each.entries =
            each.entries && entries ? std::optional(*each.entries + *entries) : std::nullopt;
      }
    }
    each.example = shapes_.all[main].first;
    each.by_bytes = each.entry_parts.size() == 1 && shapes_.all[main].entries == 1;
  }
}

void held_containers::count() {
  std::vector<bool> is_entry(shapes_.all.size());
  for (const held_container& each : all_) {
    for (const std::uint32_t shape : each.entry_parts) {
      is_entry[shape] = true;
    }
  }
  const capture::heap_graph& graph = view_.graph();
  for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
    const std::uint32_t shape = shapes_.of[block];
    if (shape == no_block || !is_entry[shape]) {
      continue;
    }
    held_container& into = all_[owner_of_shape_[shape]];
    into.bytes += graph.bytes_of(block);
    ++into.sites[graph.site[block]];
    into.ages_ms.push_back(graph.age_ms[block]);
  }
}

std::vector<bool> held_containers::retained_by(
    const std::vector<const held_container*>& gone) const {
  const capture::heap_graph& graph = view_.graph();
  std::vector<bool> removed(shapes_.all.size());
  for (const held_container* each : gone) {
    for (const std::uint32_t shape : each->parts) {
      removed[shape] = true;
    }
  }
  const auto is_gone = [&](std::uint32_t block) {
    return shapes_.of[block] != no_block && removed[shapes_.of[block]];
  };
  std::vector<std::uint8_t> states(graph.block_count(), 0);
  graph::flood reach(graph, states.data(), [&](const capture::graph_edge& edge, std::uint64_t) {
    const bool is_new = states[edge.target] == 0 && !is_gone(edge.target);
    states[edge.target] = is_new ? 1 : states[edge.target];
    return is_new;
  });
  for (std::size_t root = 0; root < graph.roots.size(); ++root) {
    if (!holds_for_sure(graph.roots[root].kind)) {
      continue;
    }
    for (std::uint32_t at = graph.first_root_edge[root]; at < graph.first_root_edge[root + 1];
         ++at) {
      const std::uint32_t target = graph.root_edges[at].target;
      if (states[target] == 0 && !is_gone(target)) {
        states[target] = 1;
        reach.from(target);
      }
    }
  }
  // What is not reached without them, but from them.
  std::vector<std::uint8_t> inside(graph.block_count(), 0);
  graph::flood keep(graph, inside.data(), [&](const capture::graph_edge& edge, std::uint64_t) {
    const bool is_new = states[edge.target] == 0 && inside[edge.target] == 0;
    inside[edge.target] = is_new ? 1 : inside[edge.target];
    return is_new;
  });
  std::vector<bool> retained(graph.block_count());
  for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
    if (is_gone(block) && inside[block] == 0) {
      inside[block] = 1;
      keep.from(block);
    }
  }
  for (const held_container* each : gone) {
    for (const std::uint32_t shape : each->parts) {
      for (const std::uint32_t storage : shapes_.all[shape].storages) {
        inside[storage] = 1;
      }
    }
  }
  for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
    retained[block] = inside[block] != 0;
  }
  return retained;
}

}  // namespace track::analysis
