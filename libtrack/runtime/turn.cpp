#include "libtrack/runtime/turn.hpp"

#include <signal.h>

#include <time.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/bookkeeping.hpp"
#include "libtrack/runtime/still_threads.hpp"

namespace track::runtime {
namespace {

bool on_alternate_stack() {
  stack_t current = {};
  return raw::call(SYS_sigaltstack, 0L, reinterpret_cast<long>(&current)) == 0 &&
         (current.ss_flags & SS_ONSTACK) != 0;
}

}  // namespace

thread_state* new_state_of_this_thread() {
  thread_state* thread = acquire_thread_state();
  if (thread == nullptr) {
    recorder.ledger.count_loss(ledger::loss::table_full);
    return nullptr;
  }
  number_in_ledger(*thread);
  return thread;
}

void number_in_ledger(thread_state& thread) {
  thread.ledger_thread = static_cast<std::uint16_t>(recorder.ledger.add_thread(thread.tid));
}

bool recover_abandoned(thread_state& thread) {
  if (stack_pointer() <= load_relaxed(thread.busy) || on_alternate_stack()) {
    return false;
  }
  if (thread.pool.held_inner_lock != nullptr) {
    thread.pool.held_inner_lock->unlock();
    thread.pool.held_inner_lock = nullptr;
  }
  if (thread.pool.held_lock != nullptr) {
    thread.pool.held_lock->unlock();
    thread.pool.held_lock = nullptr;
  }
  thread.stack.forget();
  thread.nested_stack_used = false;
  return true;
}

void wait_for_fork(thread_state& thread) {
  while (recorder.fork_pending != 0) {
    store_relaxed(thread.busy, std::uintptr_t{0});
    timespec pause = {0, 20'000};
    raw::call(SYS_nanosleep, &pause, 0);
    store_relaxed(thread.busy, stack_pointer());
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }
}

void drain_pending(thread_state& thread) {
  std::uint32_t done = 0;
  for (;;) {
    std::uint32_t count = __atomic_load_n(&thread.pending_count, __ATOMIC_ACQUIRE);
    for (; done < (count & ~rest_flag) && done < max_pending; ++done) {
      const pending_event& event = thread.pending[done];
      if (event.allocated != allocation_function::unknown) {
        note_allocation(
            thread,
            {reinterpret_cast<const void*>(event.address), event.size_bytes, event.allocated},
            event.site, recorder.ledger.now_ms());
        continue;
      }
      block_record block;
      if (recorder.table.erase(event.address, block, thread.pool) == erase_result::erased) {
        note_release(block, false);
        forget_block(thread, event.address, block);
      }
    }
    if (__atomic_compare_exchange_n(&thread.pending_count, &count, 0, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED)) {
      if ((count & rest_flag) != 0) {
        rest_after_hook(thread.rest_wanted - 1);
      }
      return;
    }
  }
}

void queue_event(thread_state& thread, const pending_event& event) {
  const std::uint32_t place =
      __atomic_fetch_add(&thread.pending_count, 1, __ATOMIC_ACQ_REL) & ~rest_flag;
  if (place >= max_pending) {
    recorder.ledger.count_loss(ledger::loss::nested_overflow);
    return;
  }
  thread.pending[place] = event;
}

}  // namespace track::runtime
