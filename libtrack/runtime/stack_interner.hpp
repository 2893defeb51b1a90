// From captured frames to a trie node and a site, quickly. Floor 3, freestanding.
//
// A capture keeps the outer frames of the last one. Beside each frame stands a hash of the stack up
// to there, so that the innermost one costs a step a new frame; a cache shared by all threads
// answers (hash, function) → site in one cache miss. Nodes are looked up only when the cache does
// not know the stack. Two stacks that agree in the part of the hash that is looked at would be
// taken for one: with 10,000 stacks (52 bits) the odds are one in ninety million, with 300,000
// (55 bits) one in eight hundred thousand.
#pragma once

#include <cstdint>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/ledger/writer.hpp"
#include "libtrack/unwind/stack_memo.hpp"
#include "libtrack/unwind/unwind.hpp"

namespace track::runtime {

// A thread's last stack with the hashes of its frames. All zero is a valid start.
struct hashed_stack {
  unwind::stack_cache frames;
  std::uint64_t hashes[unwind::max_frames];
  unwind::stack_memo* memo;  // null before many stacks were captured, and without memory
  std::uint32_t captures;    // until then

  void forget() {
    frames.count = 0;
    if (memo != nullptr) {
      memo->clear();
    }
  }
};

// Captures the stack from `caller` outwards, hundreds of frames of it, and names it: where stacks
// are cut the same place gets many names, so the limit that --depth sets is the readers' affair.
// `stack` belongs to this call alone. The site is local to the slot.
// errors: 0 when there is no stack or no room; counted in the ledger.
site_id intern_site(ledger::slot_writer& ledger, hashed_stack& stack,
                    const unwind::registers& caller, allocation_function function);

// The same for a stack that is no site: of a release.
node_id intern_stack(ledger::slot_writer& ledger, hashed_stack& stack,
                     const unwind::registers& caller);

// The same without its innermost `skipped` frames, for what asks as often as allocations come.
// errors: 0 also where no frame is left.
node_id intern_outer_stack(ledger::slot_writer& ledger, hashed_stack& stack,
                           const unwind::registers& caller, unsigned skipped);

}  // namespace track::runtime
