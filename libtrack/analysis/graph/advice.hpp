// Which pointers of a cycle to make weak. Floor 5, internal to cycles.
//
// All cycles of a shape vote. A candidate is an edge of the shape without which every member of
// every cycle is destroyed. Of several the back edge is meant: towards the older object, from many
// to few, towards what was first allocated earlier; where these disagree, or nothing tells
// candidates apart, there is no advice. One thread.
// cost: for each cycle its edges times its links, for at most 64 edges.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/analysis/graph/cycle_links.hpp"
#include "libtrack/analysis/graph/cycles.hpp"
#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis::graph {

class adviser {
 public:
  // A cycle with its links numbered by the shape's edges.
  void vote(const capture::heap_graph& heap, const component_links& cycle,
            const std::vector<cycle_edge>& edges, bool sure);

  std::vector<cycle_advice> advise() const;

 private:
  struct votes {
    bool strong = false;
    bool frees = true;
    bool older = false;  // seen: towards an older object, a newer one
    bool newer = false;
    bool earlier = false;  // by site
    bool later = false;
    std::uint64_t holders = 0;  // different ones, in sum
    std::uint64_t targets = 0;

    int by_age() const { return int{older && !newer} - int{newer && !older}; }
    int by_number() const { return int{holders > targets} - int{holders < targets}; }
    int by_site() const { return int{earlier && !later} - int{later && !earlier}; }
    // Whether it is a back edge, by the first that tells.
    bool leads_back() const;
    advice_reason reason() const;
  };

  void look_at(const capture::heap_graph& heap, const component_links& cycle);
  void try_each(const component_links& cycle);
  void try_together(const component_links& cycle);
  std::vector<cycle_advice> choose(std::vector<std::uint32_t> candidates) const;

  std::vector<votes> edges_;
  std::vector<std::uint32_t> together_;  // edges that free only together
  std::uint64_t cycles_ = 0;
  bool sure_ = true;
};

}  // namespace track::analysis::graph
