// A still: a frozen copy of the process that tells its heap graph. Floor 3, freestanding.
//
// Threads come to rest, the process is cloned, they go on: the copy reads itself at leisure and
// writes to the collector's pipe, or beside a plain preload's ledger. Never fork: it takes malloc's
// locks, which a thread at rest may hold. errors: where no still can be taken it is counted in the
// ledger, and the program goes on; there is no second try.
// cost: the pause is about 25 ms a GiB of resident memory, for its page tables are copied.
#pragma once

#include <cstdint>

#include "libtrack/ledger/format.hpp"
#include "libtrack/ledger/graph_format.hpp"
#include "libtrack/unwind/unwind.hpp"

namespace track::runtime {

// Once, at start: what may not be asked later.
void prepare_stills();

// Takes a still and returns. After the last destructor all threads are stopped, and all copies are
// waited for: the end of a container's first process would end them, too. Else threads asleep in
// the kernel stay so, and the copy runs on alone. False: none was taken (counted).
bool take_still(ledger::graph::trigger trigger);

// In the handler of a signal that the collector sent, for one of a process that allocates nothing.
// `caller`: the interrupted thread.
void answer_still_at_signal(const struct still_thread& caller);

// At the end of a hook that saw that the collector asked for one: takes it, in one thread.
void answer_still();
inline bool is_still_asked(const ledger::slot_header& header) {
  return __builtin_expect(header.stills_asked != header.stills_answered, 0);
}

// Takes a still, of trigger api, for the collector to judge. Returns what
// slot_header::verdict_given will be then; 0: none was taken.
std::uint64_t take_still_to_judge();

// In a fork's child: no still is under way.
void reset_stills();

// Whether an exit still of this kind is wanted now.
bool wants_exit_still(ledger::graph::trigger trigger);
// Whether one before the destructors may be, when it comes to that.
bool may_want_exit_begin();

}  // namespace track::runtime
