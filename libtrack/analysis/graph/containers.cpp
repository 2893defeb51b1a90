#include "libtrack/analysis/graph/containers.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <unordered_map>
#include <utility>

namespace track::analysis::graph {
namespace {

using capture::graph_edge;
using capture::heap_graph;
using ledger::graph::root_kind;

// So many pointers to blocks of one kin make an array of them.
constexpr std::uint32_t least_pointers = 8;
constexpr std::size_t most_holders = 64;  // of a container

// Sets that are joined: each has one of its members as its name.
class joined_sets {
 public:
  explicit joined_sets(std::uint32_t size) : above_(size) {
    std::iota(above_.begin(), above_.end(), 0u);
  }
  std::uint32_t find(std::uint32_t of) {
    while (above_[of] != of) {
      above_[of] = above_[above_[of]];
      of = above_[of];
    }
    return of;
  }
  void join(std::uint32_t one, std::uint32_t other) {
    one = find(one);
    other = find(other);
    above_[std::max(one, other)] = std::min(one, other);
  }

 private:
  std::vector<std::uint32_t> above_;
};

class finder {
 public:
  finder(const heap_graph& heap, const container_options& options)
      : heap_(heap), options_(options), sets_(heap.block_count()), claimed_(heap.block_count()) {}

  container_list find() {
    join_linked();
    join_arrays();
    number();
    note_block_edges();
    note_root_edges();
    hold_by_storages();
    return std::move(list_);
  }

 private:
  std::span<const graph_edge> edges_of(std::uint32_t block) const {
    return std::span(heap_.edges)
        .subspan(heap_.first_edge[block],
                 heap_.first_edge[block + std::size_t{1}] - heap_.first_edge[block]);
  }
  std::span<const graph_edge> edges_of_root(std::size_t root) const {
    return std::span(heap_.root_edges)
        .subspan(heap_.first_root_edge[root],
                 heap_.first_root_edge[root + 1] - heap_.first_root_edge[root]);
  }
  bool are_kin(std::uint32_t one, std::uint32_t other) const {
    return options_.kin[one] != 0 && options_.kin[one] == options_.kin[other];
  }
  static bool is_lasting(root_kind kind) {
    return kind != root_kind::stack && kind != root_kind::registers;
  }

  void join_linked() {
    for (std::uint32_t block = 0; block < heap_.block_count(); ++block) {
      for (const graph_edge& edge : edges_of(block)) {
        if (are_kin(block, edge.target)) {
          sets_.join(block, edge.target);
        }
      }
    }
  }

  // Targets that no array before has claimed, kin by kin.
  void join_targets(std::span<const std::uint32_t> targets, std::uint32_t storage) {
    by_kin_.clear();
    for (const std::uint32_t target : targets) {
      if (options_.kin[target] != 0 && !claimed_[target]) {
        by_kin_.emplace_back(options_.kin[target], target);
      }
    }
    std::ranges::sort(by_kin_);
    const auto repeated = std::ranges::unique(by_kin_);
    by_kin_.erase(repeated.begin(), repeated.end());
    for (std::size_t begin = 0, end = 0; begin < by_kin_.size(); begin = end) {
      while (end < by_kin_.size() && by_kin_[end].first == by_kin_[begin].first) {
        ++end;
      }
      if (end - begin < least_pointers) {
        continue;
      }
      for (std::size_t i = begin; i < end; ++i) {
        claimed_[by_kin_[i].second] = true;
        sets_.join(by_kin_[begin].second, by_kin_[i].second);
      }
      if (storage != no_block) {
        storages_.emplace_back(storage, by_kin_[begin].second);
      }
    }
  }

  void join_arrays() {
    std::vector<std::uint32_t> targets;
    for (std::uint32_t block = 0; block < heap_.block_count(); ++block) {
      const auto edges = edges_of(block);
      if (edges.size() < least_pointers) {
        continue;
      }
      targets.clear();
      for (const graph_edge& edge : edges) {
        if (!are_kin(block, edge.target)) {
          targets.push_back(edge.target);
        }
      }
      join_targets(targets, block);
    }
    for (std::size_t root = 0; root < heap_.roots.size(); ++root) {
      if (is_lasting(heap_.roots[root].kind)) {
        join_arrays_of_root(static_cast<std::uint32_t>(root), targets);
      }
    }
  }

  void join_arrays_of_root(std::uint32_t root, std::vector<std::uint32_t>& targets) {
    const auto edges = edges_of_root(root);
    if (edges.size() < least_pointers) {
      return;
    }
    std::uint32_t variable = 0;
    targets.clear();
    for (const graph_edge& edge : edges) {
      const std::uint32_t next = options_.variable_of(root, edge.word);
      if (next != variable || next == 0) {
        join_targets(targets, no_block);
        targets.clear();
      }
      variable = next;
      targets.push_back(edge.target);
    }
    join_targets(targets, no_block);
  }

  // Sets that are large enough get a number.
  void number() {
    const std::uint32_t blocks = heap_.block_count();
    std::vector<std::uint32_t> sizes(blocks, 0);
    for (std::uint32_t block = 0; block < blocks; ++block) {
      ++sizes[sets_.find(block)];
    }
    for (const std::uint32_t block : options_.singles) {
      std::uint32_t& size = sizes[sets_.find(block)];
      single_.emplace(sets_.find(block), true);
      size = std::max(size, 1u);
    }
    list_.of.assign(blocks, no_block);
    std::vector<std::uint32_t>& of = list_.of;
    for (std::uint32_t block = 0; block < blocks; ++block) {
      const std::uint32_t name = sets_.find(block);
      if (sizes[name] < options_.least_entries && !single_.contains(name)) {
        continue;
      }
      if (of[name] == no_block) {
        of[name] = static_cast<std::uint32_t>(list_.all.size());
        list_.all.push_back({name, sizes[name], {}, {}, 0});
      }
      of[block] = of[name];
    }
    claimed_ = {};
  }

  void note_block_edges() {
    for (const auto& [storage, member] : storages_) {
      if (list_.of[member] != no_block && list_.of[storage] != list_.of[member]) {
        list_.all[list_.of[member]].storages.push_back(storage);
        stored_in_[storage].push_back(list_.of[member]);
      }
    }
    for (std::uint32_t block = 0; block < heap_.block_count(); ++block) {
      for (const graph_edge& edge : edges_of(block)) {
        const std::uint32_t into = list_.of[edge.target];
        if (into != no_block) {
          if (list_.of[block] == into) {
            ++list_.all[into].links;
          } else if (!is_storage_of(block, into)) {
            note(into, {false, block, edge.word}, options_.kin[block]);
          }
        }
        note_in_storage(edge.target, {false, block, edge.word}, options_.kin[block]);
      }
    }
  }

  void note_root_edges() {
    for (std::uint32_t root = 0; root < heap_.roots.size(); ++root) {
      for (const graph_edge& edge : edges_of_root(root)) {
        const std::uint32_t variable = options_.variable_of(root, edge.word);
        const holder place{true, root, edge.word};
        if (list_.of[edge.target] != no_block) {
          note(list_.of[edge.target], place, variable | of_root);
        }
        note_in_storage(edge.target, place, variable | of_root);
      }
    }
  }

  bool is_storage_of(std::uint32_t block, std::uint32_t into) const {
    const auto found = stored_in_.find(block);
    return found != stored_in_.end() && std::ranges::count(found->second, into) != 0;
  }

  // A pointer to what may be a storage: it holds all that is stored there.
  void note_in_storage(std::uint32_t storage, const holder& place, std::uint64_t kind) {
    const auto found = stored_in_.find(storage);
    if (found == stored_in_.end()) {
      return;
    }
    for (const std::uint32_t into : found->second) {
      if (place.is_root || list_.of[place.from] != into) {
        note(into, place, kind);
      }
    }
  }

  // One holder of each kind; what is like nothing else is a kind by itself.
  void note(std::uint32_t into, const holder& place, std::uint64_t kind) {
    const std::uint64_t by_place = std::uint64_t{place.from} << 32 | place.word;
    const std::uint64_t key =
        (kind & ~of_root) != 0 ? kind : kind | of_place | (by_place & ~(of_root | of_place));
    container& held = list_.all[into];
    const auto [found, added] = kinds_[into].emplace(key, held.holders.size());
    if (!added) {
      ++held.holders[found->second].places;
    } else if (held.holders.size() < most_holders) {
      held.holders.push_back(place);
    } else {
      kinds_[into].erase(found);
    }
  }

  // A container that nothing else holds is held by its storage.
  void hold_by_storages() {
    for (container& each : list_.all) {
      if (each.holders.empty() && !each.storages.empty()) {
        each.holders.push_back({false, each.storages.front(), 0});
      }
    }
  }

  static constexpr std::uint64_t of_root = std::uint64_t{1} << 63;
  static constexpr std::uint64_t of_place = std::uint64_t{1} << 62;

  const heap_graph& heap_;
  const container_options& options_;
  joined_sets sets_;
  std::vector<bool> claimed_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> by_kin_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> storages_;  // and one of what it points to
  std::unordered_map<std::uint32_t, bool> single_;
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> stored_in_;
  std::unordered_map<std::uint32_t, std::unordered_map<std::uint64_t, std::size_t>> kinds_;
  container_list list_;
};

}  // namespace

container_list find_containers(const heap_graph& heap, const container_options& options) {
  return finder(heap, options).find();
}

}  // namespace track::analysis::graph
