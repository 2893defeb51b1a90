// Captures, and whether a memo knew the stack before, rightly.
#pragma once

#include "libtrack/unwind/stack_memo.hpp"

namespace track::unwind::test {

struct remembered_capture {
  capture taken;
  bool known;     // the memo knew a stack that starts there
  bool mistaken;  // but it was another one
};

// The word noted for a stack: a hash of all its frames.
inline std::uint32_t word_of(const stack_cache& cache) {
  std::uint64_t hash = cache.count;
  for (std::uint32_t i = 0; i < cache.count; ++i) {
    hash = (hash ^ cache.frames[i].return_address) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 32;
  }
  return static_cast<std::uint32_t>(hash) | 1;
}

inline remembered_capture capture_with_memo(const registers& start, stack_memo& memo,
                                            stack_cache& cache, std::uint32_t depth_limit) {
  const std::uint32_t known = memo.find(start, 1, cache);
  const capture taken = capture_stack(start, cache, depth_limit);
  const std::uint32_t word = word_of(cache);
  memo.note(start, 1, cache, word);
  return {taken, known != 0, known != 0 && known != word};
}

}  // namespace track::unwind::test
