// What encode_slot writes of stacks, sites and objects, as arrays. Floor 1; hosted. Pure functions.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "libtrack/ledger/reader.hpp"

namespace track::ledger {

template <typename Narrow, typename Wide>
Narrow saturate(Wide value) {
  constexpr auto low = static_cast<Wide>(std::numeric_limits<Narrow>::min());
  constexpr auto high = static_cast<Wide>(std::numeric_limits<Narrow>::max());
  return static_cast<Narrow>(std::clamp(value, low, high));
}

struct encoded_stacks {
  std::vector<std::uint32_t> words;
  std::vector<frame_record> frames;
  std::vector<std::uint32_t> word_of_node;

  // The word of a node, 0 when there is no such node.
  std::uint32_t word_of(node_id node) const {
    return node.value < word_of_node.size() ? word_of_node[node.value] : 0;
  }
};

// Nodes in their order, a caller before whom it calls (a parent that comes later becomes 0).
encoded_stacks encode_stacks(const process_image& image);

// Objects and the region of names, both with their unused first element, and caches. A name that
// has no place, for the region holds 16 GiB at most, becomes 0.
struct encoded_objects {
  std::vector<object_record> objects;
  std::vector<cache_record> caches;
  std::string names;
};
encoded_objects encode_objects(const process_image& image, const encoded_stacks& stacks);

// Counters in one stripe. What comes after the last one in use is left out.
struct encoded_sites {
  std::vector<site_line> lines;
  std::vector<saved_counts> saved;
  std::vector<wide_counts> wide;
  std::vector<age_counts> ages;
};
encoded_sites encode_sites(const std::vector<site_image>& sites);

}  // namespace track::ledger
