// Containers of a still by owner and type: what they have, since when, and what they keep. Floor 5.
//
// Between shapes (graph/containers) and findings: joins those of one owner, counts entries, sites
// and ages, and finds what would go with them. Looks at a heap that must outlive it. One thread.
// cost: 12 bytes a block; a few passes over the graph, and one for each answer of retained().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libtrack/analysis/container_names.hpp"
#include "libtrack/analysis/graph/containers.hpp"
#include "libtrack/analysis/heap_view.hpp"

namespace track::analysis {

struct held_container {
  std::string owner;
  std::string container;
  std::vector<std::uint64_t> addresses;  // of the objects, where known
  std::vector<std::uint32_t> parts;  // into the list of shapes; of entries, and of what they hold
  std::vector<std::uint32_t> entry_parts;
  std::uint32_t example = graph::no_block;
  std::optional<std::uint64_t> entries;
  std::uint64_t bytes = 0;                       // of the entries' blocks
  bool by_bytes = false;                         // one block: it grows by its size
  std::map<std::uint32_t, std::uint64_t> sites;  // that made the entries: how many each
  std::vector<std::uint32_t> ages_ms;            // of the entries
};

class held_containers {
 public:
  // `singles`: blocks that grow by themselves.
  held_containers(const heap_view& view, const std::vector<std::uint32_t>& singles);

  std::vector<held_container>& all() { return all_; }
  const std::vector<held_container>& all() const { return all_; }

  // What would go with these: by block.
  std::vector<bool> retained_by(const std::vector<const held_container*>& gone) const;
  std::optional<model::path> path_to(std::uint32_t block) { return names_.path_to(block); }
  std::uint64_t blocks_of_site(std::uint32_t site) const { return blocks_of_site_.at(site); }

 private:
  void join_by_name();
  void choose_entries();
  void count();

  const heap_view& view_;
  std::vector<std::uint32_t> kin_;
  graph::container_list shapes_;
  container_namer names_;
  std::vector<held_container> all_;
  std::map<std::uint32_t, container_name> named_;  // by shape
  std::vector<std::uint32_t> owner_of_shape_;      // into all_; no_block: none
  std::vector<std::uint64_t> blocks_of_site_;
};

}  // namespace track::analysis
