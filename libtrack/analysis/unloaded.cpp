#include "libtrack/analysis/unloaded.hpp"

#include <algorithm>
#include <utility>

#include "libtrack/analysis/graph/block_set.hpp"
#include "libtrack/analysis/graph/flood.hpp"

namespace track::analysis {
namespace {

using capture::graph_module;
using capture::heap_graph;
using graph::no_block;

// A still's moment and the clock of its ages are apart on a busy machine; more than that only costs
// a look.
constexpr std::uint64_t tolerance_ms = 10'000;

std::uint32_t born_ms(const heap_graph& heap, std::uint32_t block) {
  return heap.clock_ms - heap.age_ms[block];
}

std::uint32_t same_block(const heap_graph& heap, const heap_graph& other, std::uint32_t block) {
  const std::size_t after = heap.address.count_to(other.address[block]);
  if (after == 0 || heap.address[after - 1] != other.address[block]) {
    return no_block;
  }
  const auto found = static_cast<std::uint32_t>(after - 1);
  const bool same = heap.site[found] == other.site[block] &&
                    heap.bytes_of(found) == other.bytes_of(block) &&
                    born_ms(heap, found) == born_ms(other, block);
  return same ? found : no_block;
}

bool is_there(const graph_module& module, const std::vector<graph_module>& all) {
  return std::any_of(all.begin(), all.end(), [&module](const graph_module& each) {
    return each.start == module.start && each.path == module.path;
  });
}

// By root: the module whose data it is, when that is gone; else null. Data that no file holds
// follows the module.
std::vector<const graph_module*> roots_gone(const heap_graph& heap,
                                            const std::vector<graph_module>& next_modules) {
  std::vector<const graph_module*> gone;
  for (const capture::graph_root& root : heap.roots) {
    const auto owner =
        std::find_if(heap.modules.begin(), heap.modules.end(), [&](const auto& each) {
          return root.kind == ledger::graph::root_kind::segment && root.start >= each.start &&
                 root.start <= each.end;
        });
    gone.push_back(owner == heap.modules.end() || is_there(*owner, next_modules) ? nullptr
                                                                                 : &*owner);
  }
  return gone;
}

// The blocks that some roots lead to, by any pointers.
class holders {
 public:
  explicit holders(const heap_graph& heap) : heap_(heap), states_(heap.block_count()) {}

  void follow(const std::vector<const graph_module*>& of_root, const graph_module* wanted) {
    graph::flood out(heap_, states_.data(), [this](const capture::graph_edge& edge, std::uint64_t) {
      return take(edge.target);
    });
    for (std::size_t root = 0; root < heap_.roots.size(); ++root) {
      for (std::uint64_t edge = heap_.first_root_edge[root];
           of_root[root] == wanted && edge < heap_.first_root_edge[root + 1]; ++edge) {
        if (take(heap_.root_edges[edge].target)) {
          out.from(heap_.root_edges[edge].target);
        }
      }
    }
  }
  bool reached(std::uint32_t block) const { return states_[block] != 0; }

 private:
  bool take(std::uint32_t block) { return std::exchange(states_[block], std::uint8_t{1}) == 0; }

  const heap_graph& heap_;
  std::vector<std::uint8_t> states_;
};

}  // namespace

unload_search::unload_search(const heap_graph& later, std::vector<std::uint32_t> lost)
    : later_(later), sought_(std::move(lost)), next_modules_(later.modules) {}

bool unload_search::knew_any(std::uint64_t ms_before) const {
  return std::any_of(sought_.begin(), sought_.end(), [&](std::uint32_t block) {
    return later_.age_ms[block] + tolerance_ms >= ms_before;
  });
}

void unload_search::look_at(const heap_graph& earlier) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;  // of later, of earlier
  for (const std::uint32_t block : sought_) {
    if (const std::uint32_t before = same_block(earlier, later_, block); before != no_block) {
      pairs.emplace_back(block, before);
    }
  }
  const std::vector<const graph_module*> gone = roots_gone(earlier, next_modules_);
  holders reached(earlier);
  const auto forget_reached = [&](const graph_module* by) {
    std::erase_if(pairs, [&](const auto& pair) {
      if (by != nullptr && reached.reached(pair.second)) {
        found.emplace(pair.first, by->path);
      }
      return reached.reached(pair.second);
    });
  };
  reached.follow(gone, nullptr);
  forget_reached(nullptr);
  for (const graph_module& module : earlier.modules) {
    if (!pairs.empty() && std::find(gone.begin(), gone.end(), &module) != gone.end()) {
      reached.follow(gone, &module);
      forget_reached(&module);
    }
  }
  sought_.clear();
  for (const auto& pair : pairs) {
    sought_.push_back(pair.first);  // lost by then
  }
  next_modules_ = earlier.modules;
}

}  // namespace track::analysis
