// A row of the stack trie, and what it means for two stacks to be equal in a capture. Floor 4.
//
// Stacks are kept whole; a capture's `depth_frames` says how many of the innermost frames count.
// Row 0 stands for "no stack"; a caller has the smaller number, so that every walk ends.
// equal_stacks borrows nothing: it is given the rows at every call. One thread an object.
#pragma once

#include <cstdint>
#include <span>

#include "libtrack/capture/number_index.hpp"

namespace track::capture {

struct stack_row {
  std::uint32_t parent = 0;  // the caller's row; 0: outermost
  std::uint32_t frame = 0;
};

// Finds stacks that are equal in their innermost frames.
class equal_stacks {
 public:
  explicit equal_stacks(std::uint32_t depth_frames) : depth_frames_(depth_frames) {}

  // The first stack asked for that equals `stack`: mostly itself. `rows` may have grown since the
  // last call, and are otherwise the same. cost: the depth.
  std::uint32_t first_like(std::span<const stack_row> rows, std::uint32_t stack);

 private:
  bool equal(std::span<const stack_row> rows, std::uint32_t one, std::uint32_t other) const;

  std::uint32_t depth_frames_;
  number_index known_;  // by the frames
};

}  // namespace track::capture
