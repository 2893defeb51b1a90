// One component's pointers, by what they do to their targets. Floor 5, internal to cycles.
//
// A counted object lives as long as owners count it; plain pointers at it only observe. What is
// not counted (a vector's storage, a list's node, a lambda's copy) belongs to what points at its
// start, if that is one object and the older one; a parent is pointed at by its children as well.
// So it can be played through what is destroyed once some pointers are weak.
// One thread; values.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "libtrack/analysis/graph/control_blocks.hpp"
#include "libtrack/analysis/graph/cycles.hpp"

namespace track::analysis::graph {

// References found to one control block.
struct reference_tally {
  struct counts {
    std::uint64_t unknown = 0;
    std::uint64_t strong = 0;
    std::uint64_t weak = 0;

    std::uint64_t sum() const { return unknown + strong + weak; }
  };
  counts inside;   // from its own component, whole pairs only
  counts outside;  // from elsewhere, lone pointers included
};

enum class link_role : std::uint8_t {
  strong,
  unknown,  // strong or weak
  weak,
  intrusive,
  owner,
  likely_owner,  // a plain pointer to the start of what is not counted
  observer,
  keeper  // between an object and its separate control block
};

struct link {
  std::uint32_t from = 0;  // members, by place
  std::uint32_t to = 0;
  std::uint32_t word = 0;
  link_role role = link_role::observer;
  std::uint32_t edge = 0;  // of the shape; no_block: not listed
};

struct component_links {
  std::span<const std::uint32_t> members;
  std::vector<link> links;         // by from, to, word
  std::vector<std::size_t> first;  // by member, and one more: into links
  std::vector<bool> counted;       // by member: owners are counted
  std::vector<bool> control;       // by member: a separate control block
  bool doubtful = false;           // it is unsure whether some pointer owns its target

  std::span<const link> from(std::size_t member) const {
    return {links.data() + first[member], links.data() + first[member + 1]};
  }

  // Which members are destroyed once the links of the shape's edges marked in `weakened` count no
  // more, and nobody outside owns any. `unowned`: also what nothing here owns, to begin with.
  std::vector<bool> destroyed(const std::vector<bool>& weakened, bool unowned) const;

  // For a member that is not counted: the counted one that it belongs to; else itself.
  std::vector<std::uint32_t> holders() const;

  void sort_links();

  // Decides which likely owners are none; sets `doubtful`.
  void settle_owners(const capture::heap_graph& heap);
};

inline bool is_plain_owner(link_role role) {
  return role == link_role::owner || role == link_role::likely_owner;
}

inline bool counts_as_owner(link_role role) {
  return role == link_role::strong || role == link_role::unknown || role == link_role::intrusive;
}

// What plain pointers make of a component that owners do not hold.
hold judge_plain(const component_links& all, std::span<const std::uint32_t> groups);

}  // namespace track::analysis::graph
