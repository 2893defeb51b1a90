// Lost blocks that the data of a module held until it was unloaded, by an earlier still. Floor 5.
//
// Pure apart from its own state: it is shown the earlier stills of the same process, the latest
// first, and forgets each block whose fate is known. A block was lost by an unload when in the last
// still that reached it only data of modules led to it that the next still does not have any more.
// The same block is one at the same address, of the same site and size, allocated at the same time.
// cost: a flood and a binary search a block sought, a still.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "libtrack/capture/heap_graph.hpp"

namespace track::analysis {

class unload_search {
 public:
  // `lost`: blocks of `later`, which must outlive this.
  unload_search(const capture::heap_graph& later, std::vector<std::uint32_t> lost);

  // Whether any of those sought was there so long before `later`.
  bool knew_any(std::uint64_t ms_before) const;
  void look_at(const capture::heap_graph& earlier);

  std::map<std::uint32_t, std::string> found;  // by block of `later`: path of the module

 private:
  const capture::heap_graph& later_;
  std::vector<std::uint32_t> sought_;
  std::vector<capture::graph_module> next_modules_;  // of the still after the one looked at
};

}  // namespace track::analysis
