// What the reader's parts share: those that read objects, caches, sites and stacks. Floor 1;
// hosted.
//
// Each fills its part of an image; whoever refers to stacks is read before them, see read_slot.
#pragma once

#include <algorithm>

#include "libtrack/ledger/slot_view.hpp"

namespace track::ledger {

// Sums of forged counters wrap instead of overflowing.
inline std::int64_t wrapping_add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

inline std::uint32_t stripes_of(const slot_header& header) {
  return std::clamp<std::uint32_t>(header.stripe_count, 1, max_stripes);
}

// Counters and survivors; which stack a site has is found with the stacks.
void read_sites(const slot_view& view, process_image& image);

// Tracked objects and probed caches with their names; the nodes that they name are found with the
// stacks.
void read_objects(const slot_view& view, process_image& image);

// Nodes, numbered anew without gaps; the stacks of sites; the nodes that mismatches, objects and
// caches name.
void read_stacks(const slot_view& view, process_image& image);

}  // namespace track::ledger
