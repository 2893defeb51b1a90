// How a link says where its frame pointer was read. Floor 2, freestanding; private to the unwinder.
//
// A link without a slot points into itself: at its own frame_pointer, so that the comparison always
// holds, or at its own frame_pointer_slot, so that it never does (no rbp is that address).
#pragma once

#include <cstdint>

#include "libtrack/unwind/unwind.hpp"
#include "libtrack/unwind/walk.hpp"

namespace track::unwind {

inline void set_slot(frame_link& link, std::uintptr_t slot) {
  if (slot == slot_unchanged) {
    slot = reinterpret_cast<std::uintptr_t>(&link.frame_pointer);
  } else if (slot == slot_walk_again) {
    slot = reinterpret_cast<std::uintptr_t>(&link.frame_pointer_slot);
  }
  link.frame_pointer_slot = slot;
}

inline std::uintptr_t slot_of(const frame_link& link) {
  if (link.frame_pointer_slot == reinterpret_cast<std::uintptr_t>(&link.frame_pointer)) {
    return slot_unchanged;
  }
  if (link.frame_pointer_slot == reinterpret_cast<std::uintptr_t>(&link.frame_pointer_slot)) {
    return slot_walk_again;
  }
  return link.frame_pointer_slot;
}

}  // namespace track::unwind
