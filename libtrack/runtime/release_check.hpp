// Was the block released as it should be? Floor 3, freestanding. For the thread whose turn it is.
#pragma once

#include "libtrack/runtime/recorder.hpp"

namespace track::runtime {

// Counts a mismatch in the ledger, with the stack of the release. `block` may be null: never seen.
void report_mismatch(thread_state& thread, ledger::mismatch_kind kind, const block_record* block,
                     const release& event, const unwind::registers& caller, bool certain);

// Compares how a live block was made with how it is released: family, size, alignment.
void check_release(thread_state& thread, const block_record& block, const release& event,
                   const unwind::registers& caller);

// False: some blocks were made where we did not see it, so that an unknown one is no finding.
bool saw_everything();

}  // namespace track::runtime
