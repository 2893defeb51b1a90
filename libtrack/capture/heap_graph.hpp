// A heap graph in memory: the blocks of one still, what points to what, and from where outside of
// the heap. Floor 4.
//
// Decoded from the still's stream (ledger/graph_format.hpp) by decode_graph, which has checked
// every number: ids are in range, so that analysis may index without asking. Blocks are numbered by
// address. Plain vectors, one a property: analyses touch only what they need.
// cost: about 24 bytes a block, 8 an edge.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "libtrack/capture/block_addresses.hpp"
#include "libtrack/ledger/graph_format.hpp"

namespace track::capture {

struct graph_module {
  std::uint64_t start = 0;  // lowest mapped address
  std::uint64_t end = 0;
  std::string path;
};

struct graph_root {
  ledger::graph::root_kind kind = ledger::graph::root_kind::mapping;
  std::uint64_t start = 0;
  std::uint64_t bytes = 0;
  std::uint32_t thread_id = 0;       // 0: none
  std::uint64_t thread_pointer = 0;  // of thread-local storage; 0: unknown
};

struct graph_type {
  std::uint64_t vtable = 0;  // address of its first function
  ledger::graph::control_shape shape = ledger::graph::control_shape::none;
  std::string mangled;  // empty: no RTTI
};

// Count words of a shared_ptr's control block, raw.
struct control_counts {
  std::uint32_t block = 0;
  std::uint64_t offset = 0;  // of the control block within it
  std::uint64_t use = 0;
  std::uint64_t weak = 0;
  ledger::graph::control_shape shape = ledger::graph::control_shape::none;

  // Owners now, whatever the library keeps.
  std::uint64_t owners() const {
    return shape == ledger::graph::control_shape::libcxx ? use + 1 : use;
  }
};

struct graph_edge {
  std::uint32_t target = 0;        // a block
  std::uint32_t word : 31 = 0;     // place of the pointer in its source, in 8-byte words
  std::uint32_t interior : 1 = 0;  // it points into its target, not to its start: see interiors
};
static_assert(sizeof(graph_edge) == 8);

struct interior_edge {
  std::uint64_t edge = 0;    // its place among the edges
  std::uint64_t offset = 0;  // within the target, never 0
  std::uint8_t flags = 0;    // ledger::graph::edge_flags: memcheck's heuristics that hold
};

struct heap_graph {
  std::uint64_t process = 0;
  std::uint32_t still = 0;  // number within the process
  ledger::graph::trigger trigger = ledger::graph::trigger::exit_end;
  std::uint64_t at_mono_ms = 0;
  std::uint32_t clock_ms = 0;  // as births are given: less a block's age it is its birth
  std::uint64_t pause_us = 0;
  std::uint32_t threads = 0;
  std::uint32_t first_site = 0;  // sites below were inherited by fork: the block is the parent's
  std::uint64_t notes[8] = {};   // by ledger::graph::note: counts
  std::uint64_t bytes = 0;       // of all blocks

  std::vector<graph_module> modules;
  std::vector<graph_type> types;  // element 0: none
  std::vector<graph_root> roots;

  // By block.
  block_addresses address;
  std::vector<std::uint32_t> size;  // 0xffffffff: see large_size
  std::unordered_map<std::uint32_t, std::uint64_t> large_size;
  std::vector<std::uint32_t> site;     // as in the capture; 0: unknown
  std::vector<std::uint32_t> age_ms;   // at the still
  std::vector<std::uint32_t> type;     // into types
  std::vector<bool> inherited;         // a block of the process it was forked from
  std::vector<std::uint32_t> ignored;  // those named to __lsan_ignore_object and its like

  // Edges of block b: edges[first_edge[b] .. first_edge[b + 1]), by word. Of root r likewise.
  std::vector<std::uint32_t> first_edge;
  std::vector<graph_edge> edges;
  std::vector<std::uint32_t> first_root_edge;
  std::vector<graph_edge> root_edges;
  // By place among edges and root_edges.
  std::vector<interior_edge> interiors;
  std::vector<interior_edge> root_interiors;

  std::vector<control_counts> counts;

  // What is known of an interior edge. cost: a binary search.
  static const interior_edge& interior_of(const std::vector<interior_edge>& all,
                                          std::uint64_t edge) {
    return *std::lower_bound(
        all.begin(), all.end(), edge,
        [](const interior_edge& each, std::uint64_t wanted) { return each.edge < wanted; });
  }

  std::uint32_t block_count() const { return static_cast<std::uint32_t>(address.size()); }
  std::uint64_t bytes_of(std::uint32_t block) const {
    return size[block] == 0xffffffff ? large_size.at(block) : size[block];
  }
  // Whether nothing may be called lost for sure: registers or whole threads were not seen.
  bool is_skewed() const {
    return notes[0] != 0 || notes[1] != 0 || notes[2] != 0 || notes[3] != 0;
  }
};

}  // namespace track::capture
