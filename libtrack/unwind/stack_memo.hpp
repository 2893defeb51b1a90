// Whole stacks that a thread had before, known again without a walk. Floor 2, freestanding.
//
// A walk is decided by its start and by the words that its rules read: return addresses, and saved
// frame pointers where a later rule counts from one. A note holds where those words lie, above the
// stack pointer, and a sum over them; the stack is the same when the sum is. Stacks of plain rules
// that end outermost only; see README.md. A thread owns its memo; all zero is a valid start.
// cost: about 0.4 ns a frame; where few stacks come again it stops looking for a while.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/unwind/unwind.hpp"

namespace track::unwind {

class stack_memo {
 public:
  // The word noted for the stack that starts at `start`, 0: it is not known. `tag`: what else must
  // be equal. `last`: the thread's last capture, for the memory that is known readable.
  std::uint32_t find(const registers& start, std::uint16_t tag, const stack_cache& last);

  // Notes the stack just captured into `taken`. `word` is not 0.
  void note(const registers& start, std::uint16_t tag, const stack_cache& taken,
            std::uint32_t word);

  void clear();

 private:
  static constexpr std::size_t sets = 64;
  static constexpr std::size_t ways = 4;
  static constexpr std::size_t most_words = 108;
  // So many looks at once are judged, and so many stacks passed over when too few were known.
  static constexpr std::uint32_t looks_judged = 1024;
  static constexpr std::uint32_t fewest_known = looks_judged / 4;
  static constexpr std::uint32_t stacks_passed = 32 * looks_judged;

  struct entry {
    std::uintptr_t pc;
    std::uintptr_t stack_pointer;
    std::uint64_t sum;
    std::uint32_t generation;
    std::uint32_t word;
    std::uint16_t tag;
    std::uint16_t count;
    std::uint16_t highest;             // of the places
    std::uint16_t from_frame_pointer;  // 1: the sum includes the one at the start
    std::uint16_t places[most_words];  // in words above the stack pointer
  };

  static std::uint64_t key_of(const registers& start, std::uint16_t tag);
  static std::uint64_t sum_of(const entry& noted, const registers& start);
  static bool describe(entry& noted, const registers& start, const stack_cache& taken);

  std::uint32_t passing_;
  std::uint32_t looks_;
  std::uint32_t known_;
  alignas(64) std::uint64_t keys_[sets][ways];
  entry entries_[sets][ways];
};

}  // namespace track::unwind
