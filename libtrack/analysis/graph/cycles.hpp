// Cycles among lost blocks: what keeps itself alive, by which pointers, and which one to weaken.
// Floor 5.
//
// Pure: from a graph and components of it to a value; one thread. For std::shared_ptr the pointer
// pairs found are compared with the counts of the control blocks: a cycle is proven when each
// owner of each of its objects is found inside it. Weak pairs look like strong ones, so that sums
// decide, and the types of fields where the caller knows them. Cycles of one shape (the same
// edges between members of the same types, or sites where types are unknown) are one.
// cost: a pass over all edges if there are control blocks; then about 40 bytes for each edge of the
// largest component, and time about linear in the edges of all.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "libtrack/analysis/graph/block_set.hpp"
#include "libtrack/analysis/graph/components.hpp"
#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis::graph {

// What the type of a field says of the pointer in it.
enum class field_kind : std::uint8_t {
  unknown,
  strong,     // std::shared_ptr
  weak,       // std::weak_ptr
  owner,      // std::unique_ptr, a container's storage
  observer,   // a pointer that owns nothing
  intrusive,  // a pointer that counts itself in its target, such as boost::intrusive_ptr
};

struct cycle_options {
  // 0: unknown; where the caller knows more than the graph. Empty: heap_graph::type.
  std::function<std::uint32_t(std::uint32_t block)> type_of = {};
  // Asked with a block and the word of a pointer, for a shared_ptr that of the element; once for
  // each type (or site, where that is unknown) and word. Empty: nothing is known.
  std::function<field_kind(std::uint32_t block, std::uint32_t word)> evidence;
  // Whether a block is by its type a container's inside: storage, a node. Empty: none is known.
  std::function<bool(std::uint32_t block)> is_storage = {};
  // Where the field begins that a word of a block is in, so that a container is one. Empty: at it.
  std::function<std::uint32_t(std::uint32_t block, std::uint32_t word)> field_start = {};
};

// By what a cycle holds.
enum class hold : std::uint8_t {
  none,       // by weak or observing pointers only: it is simply lost
  linked,     // by plain pointers, each answered by another: a list, a tree with parents
  ring,       // by plain pointers, around
  intrusive,  // by counts inside the objects; never proven: they are not in the graph
  shared      // by std::shared_ptr
};

struct cycle_members {
  std::uint32_t type = 0;  // as in cycle_options::types
  std::uint32_t site = 0;  // of the example; untyped members of different sites are apart
  bool control = false;    // separate control blocks: no objects of their own
  bool storage = false;    // the inside of a container, whose field has its edges
  std::uint32_t example = 0;
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
};

enum class link_kind : std::uint8_t { strong, unknown, intrusive, raw };

struct cycle_edge {
  std::uint32_t from = 0;  // into cycle_shape::members
  std::uint32_t to = 0;
  // In the source's block; for a shared_ptr that of the element, for what is in a container that of
  // the container.
  std::uint32_t word = 0;
  link_kind kind = link_kind::raw;
  bool many = false;  // from places of an array or a node: `word` is the first
  std::uint64_t links = 0;
};

enum class advice_reason : std::uint8_t {
  only_one,  // no other edge would do
  older,     // it leads to the older object
  fewer,     // it leads from many objects to few
  earlier    // it leads to the object whose kind was first allocated earlier
};

struct cycle_advice {
  std::uint32_t edge = 0;  // into cycle_shape::edges
  advice_reason reason = advice_reason::only_one;
};

struct cycle_shape {
  hold held_by = hold::none;
  std::vector<cycle_members> members;
  std::vector<cycle_edge> edges;
  // Making these weak frees every cycle of the shape; empty: no advice is sure.
  std::vector<cycle_advice> weaken;
  std::uint64_t count = 0;        // cycles of this shape
  std::uint64_t proven = 0;       // so many of them
  std::uint64_t unexplained = 0;  // owners that are not found inside, in sum
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::uint32_t example = 0;  // its component of the lowest address
};

struct cycle {
  std::uint32_t component = 0;
  std::uint32_t shape = 0;  // no_block: held by nothing
  bool proven = false;
  std::uint64_t unexplained = 0;
};

struct cycle_report {
  std::vector<cycle> cycles;  // one for each component asked for, in that order
  std::vector<cycle_shape> shapes;
};

// `chosen`: cyclic components among `parts`, those of the blocks in `part`.
cycle_report find_cycles(const capture::heap_graph& heap, const block_set& part,
                         const components& parts, std::span<const std::uint32_t> chosen,
                         const cycle_options& options = {});

}  // namespace track::analysis::graph
