#include "libtrack/analysis/graph/cycles.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>
#include <utility>

#include "libtrack/analysis/graph/advice.hpp"
#include "libtrack/analysis/graph/cycle_builder.hpp"
#include "libtrack/analysis/graph/cycle_links.hpp"
#include "libtrack/analysis/graph/storage.hpp"

namespace track::analysis::graph {
namespace {

using capture::heap_graph;

constexpr std::uint32_t any_word = 0xffffffff;
constexpr std::size_t many_links = 8;

// One cycle as a shape of its own, its links numbered by the shape's edges.
struct drawn_cycle {
  cycle_shape shape;
  component_links links;
  storage_places storage;
  std::vector<std::uint32_t> groups;    // by member: into shape.members
  std::vector<std::uint64_t> identity;  // equal for cycles of one shape
};

std::uint64_t key_of(const cycle_members& group) {
  const std::uint64_t id = group.type != 0 ? group.type : group.site;
  return (group.type != 0 ? std::uint64_t{1} << 63 : 0) | id << 2 | (group.storage ? 2 : 0) |
         (group.control ? 1 : 0);
}

void group_members(const heap_graph& heap, const cycle_builder& builder, drawn_cycle& drawn) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keys;
  for (std::uint32_t i = 0; i < drawn.links.members.size(); ++i) {
    const std::uint32_t block = drawn.links.members[i];
    cycle_members group;
    group.type = builder.type_of(block);
    group.site = heap.site[block];
    group.control = drawn.links.control[i];
    group.storage = drawn.storage.is_inside(i);
    keys.emplace_back(key_of(group), i);
  }
  std::sort(keys.begin(), keys.end());
  drawn.groups.resize(keys.size());
  std::uint64_t last = 0;
  for (const auto& [key, place] : keys) {
    const std::uint32_t block = drawn.links.members[place];
    if (drawn.shape.members.empty() || key != last) {
      drawn.shape.members.push_back({builder.type_of(block), heap.site[block],
                                     drawn.links.control[place], drawn.storage.is_inside(place),
                                     block, 0, 0});
      last = key;
    }
    drawn.groups[place] = static_cast<std::uint32_t>(drawn.shape.members.size() - 1);
    cycle_members& group = drawn.shape.members.back();
    group.blocks += heap.inherited[block] ? 0 : 1;
    group.bytes += heap.inherited[block] ? 0 : heap.bytes_of(block);
  }
}

hold judge(const drawn_cycle& drawn) {
  const component_links& all = drawn.links;
  const std::vector<bool> gone = all.destroyed({}, true);
  bool shared = false;
  bool intrusive = false;
  for (const link& each : all.links) {
    const bool holds = counts_as_owner(each.role) && !gone[each.to] && !gone[each.from];
    (each.role == link_role::intrusive ? intrusive : shared) |= holds;
  }
  if (shared) {
    return hold::shared;
  }
  return intrusive ? hold::intrusive : judge_plain(all, drawn.groups);
}

bool is_listed(const link& each, hold held_by) {
  switch (each.role) {
    case link_role::strong:
    case link_role::unknown:
    case link_role::intrusive:
    case link_role::owner:
    case link_role::likely_owner:
      return true;
    case link_role::observer:
      return held_by == hold::linked || held_by == hold::ring;
    case link_role::weak:
    case link_role::keeper:
      break;
  }
  return false;
}

link_kind kind_of(link_role role) {
  switch (role) {
    case link_role::strong:
      return link_kind::strong;
    case link_role::unknown:
      return link_kind::unknown;
    case link_role::intrusive:
      return link_kind::intrusive;
    default:
      return link_kind::raw;
  }
}

// Pointers in an array or in the nodes of a container have no field of their own.
bool is_place(const drawn_cycle& drawn, const link& each) {
  const component_links& all = drawn.links;
  const bool plain = drawn.shape.members[drawn.groups[each.from]].type == 0 &&
                     !all.counted[each.from] && !all.control[each.from] &&
                     !drawn.storage.is_inside(each.from);
  const bool ring = drawn.shape.held_by == hold::linked || drawn.shape.held_by == hold::ring;
  return plain && (!ring || all.from(each.from).size() > many_links);
}

// Of the object's own field, also for what lies inside of a container.
std::uint32_t word_of(const drawn_cycle& drawn, const link& each) {
  return drawn.storage.is_inside(each.from) ? drawn.storage.word[each.from] : each.word;
}

void draw_edges(drawn_cycle& drawn) {
  using edge_key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, link_kind>;
  std::vector<std::pair<edge_key, std::size_t>> keys;
  for (std::size_t i = 0; i < drawn.links.links.size(); ++i) {
    const link& each = drawn.links.links[i];
    if (is_listed(each, drawn.shape.held_by) && !drawn.storage.is_inside(each.to)) {
      const std::uint32_t from = drawn.storage.holder[each.from];
      const std::uint32_t word = is_place(drawn, each) ? any_word : word_of(drawn, each);
      keys.emplace_back(
          edge_key(drawn.groups[from], drawn.groups[each.to], word, kind_of(each.role)), i);
    }
  }
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& [from, to, word, kind] = keys[i].first;
    link& each = drawn.links.links[keys[i].second];
    if (i == 0 || keys[i].first != keys[i - 1].first) {
      drawn.shape.edges.push_back({from, to, word_of(drawn, each), kind, word == any_word, 0});
      for (const std::uint64_t part :
           {key_of(drawn.shape.members[from]), key_of(drawn.shape.members[to]),
            std::uint64_t{word} << 8 | static_cast<std::uint64_t>(kind)}) {
        drawn.identity.push_back(part);
      }
    }
    cycle_edge& edge = drawn.shape.edges.back();
    edge.word = std::min(edge.word, word_of(drawn, each));
    edge.links += 1;
    each.edge = static_cast<std::uint32_t>(drawn.shape.edges.size() - 1);
  }
}

// A type alone does not tell separate members from those of another shape.
void identify(drawn_cycle& drawn) {
  drawn.identity.push_back(static_cast<std::uint64_t>(drawn.shape.held_by));
  for (const cycle_members& group : drawn.shape.members) {
    drawn.identity.push_back(key_of(group));
  }
}

class cycle_finder {
 public:
  cycle_finder(const heap_graph& heap, const block_set& part, const components& parts,
               std::span<const std::uint32_t> chosen, const cycle_options& options)
      : heap_(heap), options_(options), builder_(heap, part, parts, chosen, options) {}

  void look_at(std::uint32_t component) {
    if (builder_.is_plain_self(component)) {
      report_.cycles.push_back({component, no_block, false, 0});
      return;
    }
    drawn_cycle drawn;
    drawn.links = builder_.links_of(component);
    drawn.storage = find_storage(drawn.links, insides_of(drawn.links));
    join_words(drawn);
    group_members(heap_, builder_, drawn);
    drawn.shape.held_by = judge(drawn);
    const cycle_builder::account account = builder_.account_of(component);
    cycle found{component, no_block, false, account.unexplained};
    if (drawn.shape.held_by != hold::none) {
      found.proven = account.proven && drawn.shape.held_by == hold::shared && !drawn.links.doubtful;
      draw_edges(drawn);
      identify(drawn);
      found.shape = merge(drawn, found);
    }
    report_.cycles.push_back(found);
  }

  cycle_report take() {
    for (std::size_t i = 0; i < report_.shapes.size(); ++i) {
      report_.shapes[i].weaken = advisers_[i].advise();
    }
    return std::move(report_);
  }

 private:
  // Only where owners are counted: a lost list is what it is.
  std::vector<bool> insides_of(const component_links& all) const {
    std::vector<bool> insides(all.members.size(), false);
    if (!options_.is_storage ||
        std::find(all.counted.begin(), all.counted.end(), true) == all.counted.end()) {
      return insides;
    }
    for (std::uint32_t i = 0; i < all.members.size(); ++i) {
      insides[i] = !all.counted[i] && !all.control[i] && options_.is_storage(all.members[i]);
    }
    return insides;
  }

  // A list leads to its nodes from two words, a map from three: the first that does stands for all.
  void join_words(drawn_cycle& drawn) const {
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> first;
    storage_places& places = drawn.storage;
    const auto word_at = [&](std::uint32_t member) -> std::uint32_t& {
      const std::uint32_t holder = places.holder[member];
      const std::uint32_t word = places.word[member];
      const std::uint32_t start =
          options_.field_start ? options_.field_start(drawn.links.members[holder], word) : word;
      return first.try_emplace({holder, start}, word).first->second;
    };
    for (std::uint32_t i = 0; i < places.holder.size(); ++i) {
      if (places.is_inside(i)) {
        std::uint32_t& lowest = word_at(i);
        lowest = std::min(lowest, places.word[i]);
      }
    }
    for (std::uint32_t i = 0; i < places.holder.size(); ++i) {
      places.word[i] = places.is_inside(i) ? word_at(i) : 0;
    }
  }

  std::uint32_t merge(const drawn_cycle& drawn, const cycle& found) {
    const auto [at, fresh] =
        shapes_.try_emplace(drawn.identity, static_cast<std::uint32_t>(report_.shapes.size()));
    const std::uint32_t place = at->second;
    if (fresh) {
      report_.shapes.push_back(drawn.shape);
      report_.shapes.back().example = found.component;
      advisers_.emplace_back();
    } else {
      add(drawn.shape, report_.shapes[place]);
    }
    cycle_shape& shape = report_.shapes[place];
    shape.count += 1;
    shape.proven += found.proven ? 1 : 0;
    shape.unexplained += found.unexplained;
    for (const cycle_members& group : drawn.shape.members) {
      shape.blocks += group.blocks;
      shape.bytes += group.bytes;
    }
    const bool known =
        std::none_of(drawn.links.links.begin(), drawn.links.links.end(),
                     [](const link& each) { return each.role == link_role::unknown; });
    advisers_[place].vote(heap_, drawn.links, shape.edges, known && found.proven);
    return place;
  }

  static void add(const cycle_shape& more, cycle_shape& sum) {
    for (std::size_t i = 0; i < more.members.size(); ++i) {
      sum.members[i].blocks += more.members[i].blocks;
      sum.members[i].bytes += more.members[i].bytes;
    }
    for (std::size_t i = 0; i < more.edges.size(); ++i) {
      sum.edges[i].links += more.edges[i].links;
      sum.edges[i].word = std::min(sum.edges[i].word, more.edges[i].word);
    }
  }

  const heap_graph& heap_;
  const cycle_options& options_;
  cycle_builder builder_;
  cycle_report report_;
  std::vector<adviser> advisers_;  // by shape
  std::map<std::vector<std::uint64_t>, std::uint32_t> shapes_;
};

}  // namespace

cycle_report find_cycles(const heap_graph& heap, const block_set& part, const components& parts,
                         std::span<const std::uint32_t> chosen, const cycle_options& options) {
  if (chosen.empty()) {
    return {};
  }
  cycle_finder finder(heap, part, parts, chosen, options);
  for (const std::uint32_t component : chosen) {
    finder.look_at(component);
  }
  return finder.take();
}

}  // namespace track::analysis::graph
