// Blocks that make up containers, by their shape alone, and who holds them. Floor 5.
//
// Pure: from a graph, with blocks told alike by number, to a value; one thread. Nodes of one kin
// that point to each other are one container (list, tree, chain), and so are those that one block
// or variable has many pointers to (array of pointers, hash table with its chains): its storage.
// Nothing is asked of dominators: a stray pointer into a container, as an iterator is, would part
// it from its owner.
// cost: 8 bytes a block; two looks at each edge.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "libtrack/analysis/graph/block_set.hpp"
#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis::graph {

// A place outside of a container from where it is reached.
struct holder {
  bool is_root = false;
  std::uint32_t from = 0;  // a root, or else a block
  std::uint32_t word = 0;
  std::uint32_t places = 1;  // blocks of this kin, or words of this variable, that point to it
};

struct container {
  std::uint32_t first = no_block;       // a member
  std::uint64_t entries = 0;            // members
  std::vector<std::uint32_t> storages;  // blocks with many pointers to members
  // Pointers to members, or to a storage; of each kin and variable one.
  std::vector<holder> holders;
  // How many pointers members have to each other, in sum.
  std::uint64_t links = 0;
};

struct container_options {
  // By block: those that look alike have the same number; 0: like nothing else.
  std::span<const std::uint32_t> kin;
  // A number for the variable that a root's word is part of; 0: unknown.
  std::function<std::uint32_t(std::uint32_t root, std::uint32_t word)> variable_of;
  std::uint64_t least_entries = 8;
  // Blocks that are containers by themselves, as a vector's; unless they are part of another.
  std::span<const std::uint32_t> singles = {};
};

struct container_list {
  std::vector<container> all;
  std::vector<std::uint32_t> of;  // by block: into `all`; no_block: none
};

container_list find_containers(const capture::heap_graph& heap, const container_options& options);

}  // namespace track::analysis::graph
