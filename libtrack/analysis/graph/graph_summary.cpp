#include "libtrack/analysis/graph/graph_summary.hpp"

namespace track::analysis::graph {

graph_summary summarize(const capture::heap_graph& heap, const summary_options& options) {
  graph_summary made;
  made.reached = classify(heap, options.reached);
  made.lost = led_blocks(heap, made.reached);
  made.parts = find_components(heap, made.lost);
  made.causes = find_causes(heap, made.lost, made.parts);
  std::vector<std::uint32_t> chosen;
  for (std::uint32_t i = 0; i < made.causes.all.size(); ++i) {
    if (made.causes.all[i].cyclic) {
      chosen.push_back(made.causes.all[i].component);
      made.cycle_causes.push_back(i);
    }
  }
  made.cycles = find_cycles(heap, made.lost, made.parts, chosen, options.cycles);
  if (options.dominators) {
    made.dominators = find_dominators(heap);
  }
  return made;
}

}  // namespace track::analysis::graph
