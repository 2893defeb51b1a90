#include "libtrack/analysis/graph_findings.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "libtrack/analysis/cycle_findings.hpp"
#include "libtrack/analysis/findings.hpp"
#include "libtrack/analysis/function_name.hpp"
#include "libtrack/analysis/processes.hpp"
#include "libtrack/analysis/still_classes.hpp"

namespace track::analysis {
namespace {

using graph::block_class;
using graph::no_block;
using model::finding_kind;

// What the tracked objects in blocks have in common; 0: nothing, or a block has none.
struct common_texts {
  bool begun = false;
  std::uint32_t label = 0;
  std::uint32_t tag = 0;
  std::uint32_t test = 0;

  void add(const capture::object_row* object) {
    constexpr capture::object_row none;
    const capture::object_row& more = object == nullptr ? none : *object;
    const auto keep_if_equal = [this](std::uint32_t& into, std::uint32_t other) {
      into = !begun || into == other ? other : 0;
    };
    keep_if_equal(label, more.label);
    keep_if_equal(tag, more.tag);
    keep_if_equal(test, more.test);
    begun = true;
  }

  void tell(const std::vector<std::string>& names, model::finding& finding) const {
    finding.label = names[label];
    finding.tag = names[tag];
    finding.test = names[test];
  }
};

// Blocks of one look and type.
struct group {
  std::uint32_t example = no_block;
  model::block_sum blocks;
  model::block_sum definite;
  std::optional<model::block_sum> retained;
  std::vector<std::uint32_t> ages_ms;
  common_texts texts;
};

// kind, visible stack, function, type, runtime's, module unloaded
using group_key =
    std::tuple<finding_kind, std::uint32_t, allocation_function, std::uint32_t, bool, std::string>;

std::optional<model::age> age_of(std::vector<std::uint32_t>& ages_ms) {
  if (ages_ms.empty()) {
    return std::nullopt;
  }
  const auto middle = ages_ms.begin() + static_cast<std::ptrdiff_t>(ages_ms.size() / 2);
  std::nth_element(ages_ms.begin(), middle, ages_ms.end());
  const auto [youngest, oldest] = std::minmax_element(ages_ms.begin(), ages_ms.end());
  return model::age{*youngest, *middle, *oldest};
}

class finder {
 public:
  finder(const heap_view& view, std::uint64_t still, const still_options& options)
      : view_(view),
        options_(options),
        graph_(view.graph()),
        still_(still),
        exe_(view.all().processes[process_index(view.all(), graph_.process)].exe),
        skewed_(graph_.is_skewed()),
        summary_(view.summarize(options.retained)) {}

  still_findings find() {
    group_of_block_.resize(options_.retained ? graph_.block_count() : 0);
    count_classes();
    find_unloads();
    find_lost();
    find_cycles();
    find_by_class(block_class::possible, finding_kind::possibly_lost);
    if (options_.all_alive) {
      for (const block_class each : {block_class::definite, block_class::indirect,
                                     block_class::possible, block_class::suppressed}) {
        find_by_class(each, finding_kind::survivor);
      }
    }
    if (options_.survivors || options_.retained || options_.all_alive) {
      find_by_class(block_class::reachable, finding_kind::survivor);
    }
    if (options_.retained) {
      retain_survivors();
    }
    for (auto& [key, found] : groups_) {
      made_.findings.push_back(describe(key, found));
    }
    return std::move(made_);
  }

 private:
  // Memory that a runtime made for itself at the start.
  bool is_of_runtime(std::uint32_t block) const {
    const std::uint32_t site = graph_.site[block];
    return site != 0 && runtime_sites_.at(site);
  }

  void count_classes() {
    runtime_sites_.assign(view_.all().sites.size(), false);
    for (std::uint32_t site = 1; site < runtime_sites_.size(); ++site) {
      runtime_sites_[site] = view_.code().is_runtime_only(view_.all().sites[site].stack);
    }
    made_.classes = analysis::count_classes(
        graph_, summary_.reached, [this](std::uint32_t site) { return runtime_sites_.at(site); });
  }

  group& group_of(finding_kind kind, std::uint32_t block, std::string unloaded_with = {}) {
    const capture::site_row& site = view_.all().sites[graph_.site[block]];
    const bool runtime = is_of_runtime(block) || summary_.reached.only_by_runtime(block);
    group& found =
        groups_[{skewed_ && kind == finding_kind::lost ? finding_kind::possibly_lost : kind,
                 view_.code().visible_stack(site.stack), site.function, view_.type_of(block),
                 runtime, std::move(unloaded_with)}];
    found.example = found.example == no_block ? block : found.example;
    return found;
  }

  void add_block(group& into, std::uint32_t block) const {
    const model::block_sum one = {1, graph_.bytes_of(block)};
    into.blocks += one;
    into.definite +=
        summary_.reached.class_of(block) == block_class::definite ? one : model::block_sum{};
    into.ages_ms.push_back(graph_.age_ms[block]);
    if (!view_.objects().empty()) {
      into.texts.add(view_.object_in(block));
    }
  }

  bool is_cycle(const graph::cycle& one) const {
    if (skewed_ || one.shape == no_block) {
      return false;
    }
    const graph::hold held_by = summary_.cycles.shapes[one.shape].held_by;
    return held_by != graph::hold::none && held_by != graph::hold::linked;
  }

  void find_unloads() {
    std::vector<std::uint32_t> lost;
    for (const graph::cause& cause : summary_.causes.all) {
      if (cause.leader != no_block) {
        lost.push_back(cause.leader);
      }
    }
    if (options_.unloads && !lost.empty()) {
      unloads_ = options_.unloads(lost);
    }
  }

  std::string unloaded_with(std::uint32_t leader) const {
    const auto found = unloads_.find(leader);
    return found == unloads_.end() ? std::string() : std::string(file_name(found->second));
  }

  // Causes that are no cycles: single blocks, and structures that only point back and forth.
  void find_lost() {
    std::vector<bool> cyclic(summary_.causes.all.size());
    for (std::size_t i = 0; i < summary_.cycle_causes.size(); ++i) {
      cyclic[summary_.cycle_causes[i]] = is_cycle(summary_.cycles.cycles[i]);
    }
    for (std::size_t i = 0; i < cyclic.size(); ++i) {
      const graph::cause& cause = summary_.causes.all[i];
      if (cyclic[i] || cause.leader == no_block) {
        continue;
      }
      group& found = group_of(finding_kind::lost, cause.leader, unloaded_with(cause.leader));
      for (const std::uint32_t block : summary_.parts.members_of(cause.component)) {
        if (!graph_.inherited[block]) {
          add_block(found, block);
        }
      }
      retain(found.retained, cause);
    }
  }

  static void retain(std::optional<model::block_sum>& into, const graph::cause& cause) {
    into = into.value_or(model::block_sum{});
    *into += model::block_sum{cause.retained_blocks, cause.retained_bytes};
  }

  void find_cycles() {
    struct shape_sum {
      std::optional<model::block_sum> retained;
      model::block_sum definite;
      std::vector<std::uint32_t> ages_ms;
      std::set<std::string> unloaded_with;
      common_texts texts;  // of those that have an object
    };
    std::map<std::uint32_t, shape_sum> sums;
    for (std::size_t i = 0; i < summary_.cycle_causes.size(); ++i) {
      const graph::cycle& one = summary_.cycles.cycles[i];
      if (!is_cycle(one)) {
        continue;
      }
      shape_sum& sum = sums[one.shape];
      const graph::cause& cause = summary_.causes.all[summary_.cycle_causes[i]];
      retain(sum.retained, cause);
      sum.unloaded_with.insert(unloaded_with(cause.leader));
      for (const std::uint32_t block : summary_.parts.members_of(one.component)) {
        const bool definite = summary_.reached.class_of(block) == block_class::definite;
        sum.definite += definite ? model::block_sum{1, graph_.bytes_of(block)} : model::block_sum{};
        sum.ages_ms.push_back(graph_.age_ms[block]);
        if (const capture::object_row* object = view_.object_in(block)) {
          sum.texts.add(object);
        }
      }
    }
    for (auto& [shape, sum] : sums) {
      model::finding finding = describe_cycle(view_, summary_.cycles.shapes[shape], exe_);
      finding.processes = {graph_.process};
      finding.still = still_;
      finding.retained = sum.retained;
      finding.definite = sum.definite;
      finding.age_ms = age_of(sum.ages_ms);
      if (sum.texts.begun) {
        sum.texts.tell(view_.all().object_names, finding);
      }
      if (sum.unloaded_with.size() == 1) {
        finding.unloaded_module = *sum.unloaded_with.begin();
        finding.title = title_of(finding);
      }
      made_.findings.push_back(std::move(finding));
    }
  }

  void find_by_class(block_class wanted, finding_kind kind) {
    for (std::uint32_t block = 0; block < graph_.block_count(); ++block) {
      if (summary_.reached.class_of(block) == wanted && !graph_.inherited[block]) {
        group& found = group_of(kind, block);
        add_block(found, block);
        if (options_.retained && kind == finding_kind::survivor) {
          group_of_block_[block] = &found;
        }
      }
    }
  }

  // Blocks that another one of their group keeps are in its retained size already.
  void retain_survivors() {
    const graph::dominator_tree& tree = *summary_.dominators;
    std::map<const group*, std::uint64_t> largest;
    for (std::uint32_t block = 0; block < graph_.block_count(); ++block) {
      group* const found = group_of_block_[block];
      if (found == nullptr || !tree.reached(block)) {
        continue;
      }
      const std::uint32_t above =
          tree.nearest(block, [&](std::uint32_t each) { return group_of_block_[each] == found; });
      if (above == no_block) {
        found->retained = found->retained.value_or(model::block_sum{});
        *found->retained +=
            model::block_sum{tree.retained_blocks[block], tree.retained_bytes[block]};
        std::uint64_t& most = largest[found];
        if (tree.retained_bytes[block] > most) {
          most = tree.retained_bytes[block];
          found->example = block;
        }
      }
    }
    paths_.emplace(graph::path_index::from_roots(graph_, &view_.runtime_roots()));
  }

  model::finding describe(const group_key& key, group& found) const {
    const capture::site_row& site = view_.all().sites[graph_.site[found.example]];
    const fingerprint print = view_.code().fingerprint_of(site.stack, exe_);
    model::finding finding;
    finding.kind = std::get<0>(key);
    finding.fingerprint = print.digits;
    finding.weak = print.weak;
    finding.runtime = std::get<4>(key);
    finding.unloaded_module = std::get<5>(key);
    finding.proven = !skewed_;
    finding.processes = {graph_.process};
    finding.still = still_;
    finding.type = view_.name_of_type(std::get<3>(key));
    finding.allocated_by = name_of(site.function);
    finding.blocks = found.blocks.blocks;
    finding.bytes = found.blocks.bytes;
    finding.retained = found.retained;
    finding.definite = found.definite;
    finding.age_ms = age_of(found.ages_ms);
    if (found.texts.begun) {
      found.texts.tell(view_.all().object_names, finding);
    }
    finding.allocated = view_.code().stack(site.stack);
    finding.title = title_of(finding);
    if (paths_) {
      if (const auto way = paths_->to(found.example); way && way->from_root) {
        finding.path = view_.describe(*way);
      }
    }
    return finding;
  }

  const heap_view& view_;
  still_options options_;
  const capture::heap_graph& graph_;
  std::uint64_t still_;
  const std::string& exe_;
  bool skewed_;
  graph::graph_summary summary_;
  std::vector<bool> runtime_sites_;
  std::map<std::uint32_t, std::string> unloads_;  // by a cause's first block
  std::map<group_key, group> groups_;
  std::vector<group*> group_of_block_;  // survivors', when their retained sizes are asked for
  std::optional<graph::path_index> paths_;
  still_findings made_;
};

}  // namespace

still_findings find_in_still(const heap_view& view, std::uint64_t still,
                             const still_options& options) {
  return finder(view, still, options).find();
}

void find_holders(const heap_view& view, std::uint64_t still,
                  std::vector<overdue_objects>& overdue) {
  constexpr std::size_t most_tried = 100;  // of a finding
  std::map<const capture::object_row*, std::uint32_t> blocks;
  for (const placed_object& placed : view.objects()) {
    blocks.emplace(placed.object, placed.block);
  }
  std::optional<graph::path_index> paths;
  for (overdue_objects& each : overdue) {
    std::size_t tried = 0;
    for (const capture::object_row* object : each.objects) {
      const auto block = blocks.find(object);
      if (each.finding.path || block == blocks.end() || ++tried > most_tried) {
        continue;
      }
      if (!paths) {
        paths.emplace(graph::path_index::from_roots(view.graph(), &view.runtime_roots()));
      }
      if (const auto way = paths->to(block->second); way && way->from_root) {
        each.finding.path = view.describe(*way);
        each.finding.still = still;
      }
    }
  }
}

}  // namespace track::analysis
