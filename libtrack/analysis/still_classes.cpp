#include "libtrack/analysis/still_classes.hpp"

#include <algorithm>
#include <utility>

#include "libtrack/analysis/function_name.hpp"

namespace track::analysis {
namespace {

using graph::block_class;

model::block_sum less(const graph::block_sum& all, const graph::block_sum& part) {
  return {all.blocks - part.blocks, all.bytes - part.bytes};
}

model::block_sum* place_of(model::heap_classes& classes, block_class of) {
  switch (of) {
    case block_class::definite:
      return &classes.definitely_lost;
    case block_class::indirect:
      return &classes.indirectly_lost;
    case block_class::possible:
      return &classes.possibly_lost;
    default:
      return nullptr;
  }
}

}  // namespace

const capture::graph_module* module_at(const capture::heap_graph& graph, std::uint64_t address) {
  const auto found =
      std::ranges::find_if(graph.modules, [address](const capture::graph_module& module) {
        return address >= module.start && address < module.end;
      });
  return found == graph.modules.end() ? nullptr : &*found;
}

std::vector<bool> runtime_roots_of(const capture::heap_graph& graph) {
  std::vector<bool> runtime;
  for (const capture::graph_root& root : graph.roots) {
    const capture::graph_module* module =
        root.kind == ledger::graph::root_kind::segment ? module_at(graph, root.start) : nullptr;
    runtime.push_back(module != nullptr && is_runtime_module(module->path));
  }
  return runtime;
}

model::heap_classes count_classes(const capture::heap_graph& graph,
                                  const graph::reachability& reached,
                                  const std::function<bool(std::uint32_t site)>& is_runtime_site) {
  model::heap_classes classes;
  const graph::block_sum& reachable = reached.sum(block_class::reachable);
  classes.still_reachable = {reachable.blocks, reachable.bytes};
  for (const block_class each :
       {block_class::definite, block_class::indirect, block_class::possible}) {
    const graph::block_sum& held = reached.runtime_sum(each);
    *place_of(classes, each) = less(reached.sum(each), held);
    classes.still_reachable += model::block_sum{held.blocks, held.bytes};
  }
  const graph::block_sum& ignored = reached.sum(block_class::suppressed);
  classes.suppressed = {ignored.blocks, ignored.bytes};
  for (std::uint32_t block = 0; block < graph.block_count(); ++block) {
    model::block_sum* const from = place_of(classes, reached.class_of(block));
    if (from == nullptr || graph.inherited[block] || reached.only_by_runtime(block) ||
        graph.site[block] == 0 || !is_runtime_site(graph.site[block])) {
      continue;
    }
    const model::block_sum moved{1, graph.bytes_of(block)};
    from->blocks -= moved.blocks;
    from->bytes -= moved.bytes;
    classes.still_reachable += moved;
  }
  if (graph.is_skewed()) {
    classes.possibly_lost += std::exchange(classes.definitely_lost, {});
    classes.possibly_lost += std::exchange(classes.indirectly_lost, {});
  }
  return classes;
}

}  // namespace track::analysis
