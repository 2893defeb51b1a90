// What keeps each lost block from being reached: causes, and what hangs from them. Floor 5.
//
// Pure: from a graph, its lost part and the components of that; one thread. A cause is a component
// that no other lost component points to: a single lost block, or a cycle. Everything lost hangs
// from one or more causes. What hangs from one alone is that one's; what hangs from several is
// counted once, with the first of them by address, and marked. So the retained sums of all causes
// add up to all that is lost. Blocks inherited by fork are in no sum.
// cost: 24 bytes a cause, 8 a component; time linear in edges.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/analysis/graph/block_set.hpp"
#include "libtrack/analysis/graph/components.hpp"
#include "libtrack/analysis/graph/reachability.hpp"

namespace track::analysis::graph {

struct cause {
  std::uint32_t component = 0;
  std::uint32_t leader = 0;          // its member of the lowest address that is not inherited
  std::uint64_t retained_bytes = 0;  // with its own
  std::uint32_t retained_blocks = 0;
  bool cyclic = false;
  bool shares = false;  // some of what is counted here hangs from other causes, too
};

struct lost_causes {
  std::vector<cause> all;         // by leader
  std::vector<std::uint32_t> of;  // by component: the cause it is counted with
  std::vector<bool> shared;       // by component: it hangs from several
};

// The lost blocks that something led by a block of this process's own holds: what causes are
// sought in.
block_set led_blocks(const capture::heap_graph& heap, const reachability& found);

lost_causes find_causes(const capture::heap_graph& heap, const block_set& part,
                        const components& parts);

}  // namespace track::analysis::graph
