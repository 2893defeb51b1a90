#include "libtrack/analysis/graph/reachability.hpp"

#include "libtrack/analysis/graph/flood.hpp"

namespace track::analysis::graph {
namespace {

using capture::graph_edge;
using capture::heap_graph;
using capture::interior_edge;

// What is known of a block while roots are followed.
enum marks : std::uint8_t {
  definite = 1,         // by start pointers alone, from any root
  program = 2,          // by any pointers, from a root that is not the runtime's
  any = 4,              // by any pointers, from any root
  inside = 8,           // an interior pointer waits to be followed, from the program
  inside_runtime = 16,  // the same, from the runtime
  ignored = 32
};

// Beside the class of a lost block, while leaders are sought.
enum lost_marks : std::uint8_t { absorbed = 0x40, led = 0x20 };
constexpr std::uint8_t waiting = static_cast<std::uint8_t>(block_class::indirect);

std::vector<bool> heuristic_edges(const std::vector<interior_edge>& interiors, std::size_t edges) {
  std::vector<bool> hold;
  for (const interior_edge& each : interiors) {
    if (each.flags != 0) {
      hold.resize(edges);
      hold[each.edge] = true;
    }
  }
  return hold;
}

bool is_start(const graph_edge& edge, std::uint64_t place, const std::vector<bool>& heuristics) {
  return edge.interior == 0 || (!heuristics.empty() && heuristics[place]);
}

class marker {
 public:
  marker(const heap_graph& heap, const reachability_options& options, std::uint8_t* states)
      : heap_(heap),
        options_(options),
        states_(states),
        edge_heuristics_(heuristic_edges(heap.interiors, heap.edges.size())),
        root_heuristics_(heuristic_edges(heap.root_interiors, heap.root_edges.size())) {}

  void mark() {
    follow_starts(false, definite | program | any, inside);
    if (options_.runtime_roots != nullptr) {
      follow_starts(true, definite | any, inside_runtime);
    }
    follow_all(inside, program, program | any);
    if (options_.runtime_roots != nullptr) {
      follow_all(inside_runtime, any, any);
    }
    follow_ignored();
  }

 private:
  bool is_runtime(std::size_t root) const {
    return options_.runtime_roots != nullptr && (*options_.runtime_roots)[root];
  }

  // Follows start pointers from the roots of one kind; notes where interior ones lead.
  void follow_starts(bool runtime, std::uint8_t reached, std::uint8_t noted) {
    const auto take = [&](const graph_edge& edge, bool start) {
      std::uint8_t& state = states_[edge.target];
      if (!start) {
        state |= noted;
        return false;
      }
      if ((state & definite) != 0) {
        return false;
      }
      state |= reached;
      return true;
    };
    flood out(heap_, states_, [&](const graph_edge& edge, std::uint64_t place) {
      return take(edge, is_start(edge, place, edge_heuristics_));
    });
    for (std::size_t root = 0; root < heap_.roots.size(); ++root) {
      for (std::uint64_t place = heap_.first_root_edge[root];
           is_runtime(root) == runtime && place < heap_.first_root_edge[root + 1]; ++place) {
        const graph_edge& edge = heap_.root_edges[place];
        if (take(edge, is_start(edge, place, root_heuristics_))) {
          out.from(edge.target);
        }
      }
    }
    for (const std::uint32_t block : options_.forced) {
      if (!runtime && (states_[block] & definite) == 0) {
        states_[block] |= reached;
        out.from(block);
      }
    }
  }

  // Follows all pointers from blocks that bear `noted`, to blocks that do not bear `missing`.
  void follow_all(std::uint8_t noted, std::uint8_t missing, std::uint8_t reached) {
    flood out(heap_, states_, [&](const graph_edge& edge, std::uint64_t) {
      std::uint8_t& state = states_[edge.target];
      const bool fresh = (state & missing) == 0;
      state |= reached;
      return fresh;
    });
    for (std::uint32_t block = 0; block < heap_.block_count(); ++block) {
      if ((states_[block] & (noted | missing)) == noted) {
        states_[block] |= reached;
        out.from(block);
      }
    }
  }

  void follow_ignored() {
    const auto take = [this](std::uint32_t block) {
      const bool fresh = (states_[block] & ignored) == 0;
      states_[block] |= ignored;
      return fresh;
    };
    flood out(heap_, states_,
              [&](const graph_edge& edge, std::uint64_t) { return take(edge.target); });
    for (const std::uint32_t block : options_.ignored) {
      if (take(block)) {
        out.from(block);
      }
    }
  }

  const heap_graph& heap_;
  const reachability_options& options_;
  std::uint8_t* states_;
  std::vector<bool> edge_heuristics_;
  std::vector<bool> root_heuristics_;
};

// Replaces marks by classes; gathers what was not reached.
void judge_reached(reachability& found) {
  for (std::uint32_t block = 0; block < found.states.size(); ++block) {
    const std::uint8_t state = found.states[block];
    auto judged = block_class::indirect;
    if ((state & definite) != 0) {
      judged = block_class::reachable;
    } else if ((state & ignored) != 0) {
      judged = block_class::suppressed;
    } else if ((state & any) != 0) {
      judged = block_class::possible;
    } else {
      found.lost.insert(block);
    }
    const bool runtime =
        (state & any) != 0 && (state & program) == 0 && judged != block_class::suppressed;
    found.states[block] = static_cast<std::uint8_t>(
        static_cast<unsigned>(judged) | (runtime ? unsigned{reachability::runtime_bit} : 0));
  }
  found.lost.number();
}

class leader_finder {
 public:
  leader_finder(const heap_graph& heap, reachability& found)
      : heap_(heap), found_(found), lost_(found.lost), states_(found.states) {
    found_.leaders.assign(lost_.size(), no_block);
  }

  void find() {
    std::uint32_t leader = 0;
    flood out(heap_, states_.data(), [&](const graph_edge& edge, std::uint64_t) {
      std::uint8_t& state = states_[edge.target];
      if ((state & ~led) != waiting || edge.target == leader) {
        return false;
      }
      state |= absorbed;
      found_.leaders[lost_.rank(edge.target)] = leader;
      return true;
    });
    std::uint32_t rank = 0;
    lost_.for_each([&](std::uint32_t block) {
      if ((states_[block] & absorbed) == 0 && !heap_.inherited[block]) {
        leader = block;
        states_[block] |= led;
        found_.leaders[rank] = block;
        out.from(block);
      }
      ++rank;
    });
    resolve();
  }

 private:
  // Looks through the chain of leaders, as far as it is settled.
  void settle(std::uint32_t rank) {
    std::uint32_t& leader = found_.leaders[rank];
    if (leader != no_block) {
      leader = found_.leaders[lost_.rank(leader)];
    }
  }

  // A leader is absorbed by one of a higher address: from the highest on, one step is enough.
  void resolve() {
    lost_.for_each_down([this](std::uint32_t block, std::uint32_t rank) {
      if (states_[block] == (waiting | led | absorbed)) {
        settle(rank);
      }
    });
    std::uint32_t rank = 0;
    lost_.for_each([&](std::uint32_t block) {
      std::uint8_t& state = states_[block];
      if ((state & led) == 0) {
        settle(rank);
      }
      state = state == (waiting | led) ? static_cast<std::uint8_t>(block_class::definite) : waiting;
      ++rank;
    });
  }

  const heap_graph& heap_;
  reachability& found_;
  const block_set& lost_;
  std::vector<std::uint8_t>& states_;
};

void add_up(const heap_graph& heap, reachability& found) {
  for (std::uint32_t block = 0; block < heap.block_count(); ++block) {
    if (heap.inherited[block]) {
      continue;
    }
    const auto place = static_cast<std::size_t>(found.class_of(block));
    const std::uint64_t bytes = heap.bytes_of(block);
    found.sums[place].blocks += 1;
    found.sums[place].bytes += bytes;
    if (found.only_by_runtime(block)) {
      found.runtime_sums[place].blocks += 1;
      found.runtime_sums[place].bytes += bytes;
    }
  }
}

}  // namespace

reachability classify(const capture::heap_graph& heap, const reachability_options& options) {
  reachability found;
  found.states.resize(heap.block_count());
  found.lost = block_set(heap.block_count());
  marker(heap, options, found.states.data()).mark();
  judge_reached(found);
  if (found.lost.size() != 0) {
    leader_finder(heap, found).find();
  }
  add_up(heap, found);
  return found;
}

}  // namespace track::analysis::graph
