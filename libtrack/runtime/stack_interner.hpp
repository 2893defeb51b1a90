// From captured frames to a trie node and a site, quickly. Floor 3, freestanding.
//
// A capture keeps the outer frames of the last one. Beside each frame stands a hash of the stack up
// to there, so that the innermost one costs a step a new frame; a cache shared by all threads
// answers (hash, function) → (node, site) in one cache miss. The nodes between are looked up only
// when the cache does not know the stack. Two stacks of equal 64-bit hash would be taken for one:
// at a million stacks the odds are one in thirty million.
#pragma once

#include <cstdint>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/ledger/writer.hpp"
#include "libtrack/unwind/unwind.hpp"

namespace track::runtime {

struct interned_stack {
  node_id node;
  site_id site;  // local to the slot
};

// A thread's last stack with the hashes of its frames. All zero is a valid start.
struct hashed_stack {
  unwind::stack_cache frames;
  std::uint64_t hashes[unwind::max_frames];

  void forget() { frames.count = 0; }
};

// Captures the stack from `caller` outwards, hundreds of frames of it, and names it: where stacks
// are cut the same place gets many names, so the limit that --depth sets is the readers' affair.
// `stack` belongs to this call alone. `function` unknown: the stack of a release, which has no
// site. errors: node and site 0 when there is no stack or no room; counted in the ledger.
interned_stack intern_stack(ledger::slot_writer& ledger, hashed_stack& stack,
                            const unwind::registers& caller, allocation_function function);

}  // namespace track::runtime
