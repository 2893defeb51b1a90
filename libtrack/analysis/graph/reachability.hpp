// Which blocks are still reached, and from where: memcheck's classes. Floor 5.
//
// Pure: from a graph to a value; one thread. A block is reachable when a chain of pointers to the
// starts of blocks leads to it from a root (interior pointers for which one of memcheck's
// heuristics holds count as such), possible when only a chain with another interior pointer does.
// Of the rest each block becomes, in address order, the leader of what it reaches, unless a
// leader has reached it before; a leader reached by a later one is absorbed by it. Leaders that
// remain are definite, what they reached is indirect. Blocks inherited by fork lead pointers on but
// lead nothing themselves, and are not in the sums.
// cost: a byte a block, 4.2 bytes an unreached one; time linear in edges.
// source: Valgrind's manual, "Memory leak detection".
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "libtrack/analysis/graph/block_set.hpp"
#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis::graph {

enum class block_class : std::uint8_t { reachable, possible, suppressed, indirect, definite };
inline constexpr std::size_t block_classes = 5;

struct block_sum {
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
};

struct reachability_options {
  // By root: data of the C and C++ runtimes. Null: none is.
  const std::vector<bool>* runtime_roots = nullptr;
  // Held by something the graph does not show.
  std::span<const std::uint32_t> forced = {};
  // Not to be reported: these and all they reach are suppressed, unless reachable anyway.
  std::span<const std::uint32_t> ignored = {};
};

struct reachability {
  static constexpr std::uint8_t runtime_bit = 0x80;

  std::vector<std::uint8_t> states;    // by block: its class, and runtime_bit
  block_set lost;                      // the definite and indirect ones
  std::vector<std::uint32_t> leaders;  // by rank among `lost`; no_block: only inherited blocks lead
  std::array<block_sum, block_classes> sums;
  std::array<block_sum, block_classes> runtime_sums;  // parts of sums, owner "runtime"

  block_class class_of(std::uint32_t block) const {
    return static_cast<block_class>(states[block] & ~runtime_bit);
  }
  // Whether no root but those of the runtimes reaches it.
  bool only_by_runtime(std::uint32_t block) const { return (states[block] & runtime_bit) != 0; }
  // Of a lost block: the definite block it hangs from; itself when definite.
  std::uint32_t leader_of(std::uint32_t block) const { return leaders[lost.rank(block)]; }
  const block_sum& sum(block_class of) const { return sums[static_cast<std::size_t>(of)]; }
  const block_sum& runtime_sum(block_class of) const {
    return runtime_sums[static_cast<std::size_t>(of)];
  }
};

reachability classify(const capture::heap_graph& heap, const reachability_options& options = {});

}  // namespace track::analysis::graph
