// From captured frames to a trie node and a site, quickly. Floor 3, freestanding.
//
// A capture keeps the outer frames with their nodes; the inner, new ones would cost a look-up each.
// A shared cache answers for all of them at once: (node of the kept part, new frames, function) →
// (innermost node, site). Its entries are two words that check each other, written without locks.
// The nodes between are then left open and looked up only when a later capture keeps such a frame.
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

// Captures the stack from `caller` outwards and names it. `cache` belongs to this call alone.
// `function` unknown: the stack of a release, which has no site.
// errors: node and site 0 when there is no stack or no room; counted in the ledger.
interned_stack intern_stack(ledger::slot_writer& ledger, unwind::stack_cache& cache,
                            const unwind::registers& caller, std::uint32_t depth_frames,
                            allocation_function function);

}  // namespace track::runtime
