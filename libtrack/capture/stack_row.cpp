#include "libtrack/capture/stack_row.hpp"

namespace track::capture {

std::uint32_t equal_stacks::first_like(std::span<const stack_row> rows, std::uint32_t stack) {
  std::uint64_t hash = 0;
  std::uint32_t left = depth_frames_;
  for (std::uint32_t at = stack; at != 0 && left != 0; at = rows[at].parent, --left) {
    hash = (hash ^ rows[at].frame) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  return known_.find_or_add(number_index::hash_of(hash, 0), stack,
                            [&](std::uint32_t known) { return equal(rows, known, stack); });
}

bool equal_stacks::equal(std::span<const stack_row> rows, std::uint32_t one,
                         std::uint32_t other) const {
  for (std::uint32_t left = depth_frames_; left != 0 && one != other; --left) {
    if (one == 0 || other == 0 || rows[one].frame != rows[other].frame) {
      return false;
    }
    one = rows[one].parent;
    other = rows[other].parent;
  }
  return true;
}

}  // namespace track::capture
