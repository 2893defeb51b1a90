#include "libtrack/analysis/graph/cycles.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>
#include <utility>

#include "libtrack/analysis/graph/advice.hpp"
#include "libtrack/analysis/graph/cycle_builder.hpp"
#include "libtrack/analysis/graph/cycle_links.hpp"

namespace track::analysis::graph {
namespace {

using capture::heap_graph;

constexpr std::uint32_t any_word = 0xffffffff;
constexpr std::size_t many_links = 8;

// One cycle as a shape of its own, its links numbered by the shape's edges.
struct drawn_cycle {
  cycle_shape shape;
  component_links links;
  std::vector<std::uint32_t> groups;    // by member: into shape.members
  std::vector<std::uint64_t> identity;  // equal for cycles of one shape
};

std::uint64_t key_of(const cycle_members& group) {
  const std::uint64_t id = group.type != 0 ? group.type : group.site;
  return (group.type != 0 ? std::uint64_t{1} << 63 : 0) | id << 1 | (group.control ? 1 : 0);
}

void group_members(const heap_graph& heap, const cycle_builder& builder, drawn_cycle& drawn) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keys;
  for (std::uint32_t i = 0; i < drawn.links.members.size(); ++i) {
    const std::uint32_t block = drawn.links.members[i];
    cycle_members group;
    group.type = builder.type_of(block);
    group.site = heap.site[block];
    group.control = drawn.links.control[i];
    keys.emplace_back(key_of(group), i);
  }
  std::sort(keys.begin(), keys.end());
  drawn.groups.resize(keys.size());
  std::uint64_t last = 0;
  for (const auto& [key, place] : keys) {
    const std::uint32_t block = drawn.links.members[place];
    if (drawn.shape.members.empty() || key != last) {
      drawn.shape.members.push_back(
          {builder.type_of(block), heap.site[block], drawn.links.control[place], block, 0, 0});
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
                     !all.counted[each.from] && !all.control[each.from];
  const bool ring = drawn.shape.held_by == hold::linked || drawn.shape.held_by == hold::ring;
  return plain && (!ring || all.from(each.from).size() > many_links);
}

void draw_edges(drawn_cycle& drawn) {
  using edge_key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, link_kind>;
  std::vector<std::pair<edge_key, std::size_t>> keys;
  for (std::size_t i = 0; i < drawn.links.links.size(); ++i) {
    const link& each = drawn.links.links[i];
    if (is_listed(each, drawn.shape.held_by)) {
      const std::uint32_t word = is_place(drawn, each) ? any_word : each.word;
      keys.emplace_back(
          edge_key(drawn.groups[each.from], drawn.groups[each.to], word, kind_of(each.role)), i);
    }
  }
  std::sort(keys.begin(), keys.end());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const auto& [from, to, word, kind] = keys[i].first;
    link& each = drawn.links.links[keys[i].second];
    if (i == 0 || keys[i].first != keys[i - 1].first) {
      drawn.shape.edges.push_back({from, to, each.word, kind, word == any_word, 0});
      for (const std::uint64_t part :
           {key_of(drawn.shape.members[from]), key_of(drawn.shape.members[to]),
            std::uint64_t{word} << 8 | static_cast<std::uint64_t>(kind)}) {
        drawn.identity.push_back(part);
      }
    }
    cycle_edge& edge = drawn.shape.edges.back();
    edge.word = std::min(edge.word, each.word);
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
      : heap_(heap), builder_(heap, part, parts, chosen, options) {}

  void look_at(std::uint32_t component) {
    if (builder_.is_plain_self(component)) {
      report_.cycles.push_back({component, no_block, false, 0});
      return;
    }
    drawn_cycle drawn;
    drawn.links = builder_.links_of(component);
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
