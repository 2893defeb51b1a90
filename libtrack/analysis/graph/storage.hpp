// The insides of containers in a cycle: which field of which object they belong to. Floor 5,
// internal to cycles.
//
// A vector's array and a map's nodes are no members that people wrote: what they hold, the field
// holds that leads to them. Pure; one thread. cost: a pass over the links, a few where objects
// share storage.
#pragma once

#include <cstdint>
#include <vector>

#include "libtrack/analysis/graph/cycle_links.hpp"

namespace track::analysis::graph {

// By member: the object that it is the inside of and the word of that object's field; itself and
// nothing where it is none.
struct storage_places {
  std::vector<std::uint32_t> holder;
  std::vector<std::uint32_t> word;

  bool is_inside(std::uint32_t member) const { return holder[member] != member; }
};

// `may_be`: by member, whether its type is a container's inside. One that several objects or fields
// hold, or none, is a member like others.
storage_places find_storage(const component_links& all, std::vector<bool> may_be);

}  // namespace track::analysis::graph
