#include "libtrack/runtime/recorder.hpp"

#include "libtrack/runtime/bookkeeping.hpp"
#include "libtrack/runtime/real.hpp"
#include "libtrack/runtime/release_check.hpp"
#include "libtrack/runtime/still.hpp"
#include "libtrack/runtime/turn.hpp"

namespace track::runtime {
namespace {

arming unarmed;

// Takes the block out of the table. True: `block` was live.
bool take_out(thread_state& thread, const release& event, const unwind::registers& caller,
              block_record& block) {
  switch (recorder.table.erase(as_address(event.address), block, thread.pool)) {
    case erase_result::erased:
      check_release(thread, block, event, caller);
      return true;
    case erase_result::freed_before:
      report_mismatch(thread, ledger::mismatch_kind::double_free, &block, event, caller, true);
      return false;
    case erase_result::unknown:
      if (saw_everything()) {
        report_mismatch(thread, ledger::mismatch_kind::foreign_free, nullptr, event, caller, false);
      }
      return false;
  }
  return false;
}

void queue_release(thread_state& thread, const release& event) {
  queue_event(thread,
              {as_address(event.address), 0, {}, allocation_function::unknown, event.function});
}

// Whether the block is the thread's latest: freed before its next allocation, a temporary.
bool is_latest(thread_state& thread, const void* address) {
  if (thread.last_allocation != as_address(address)) {
    return false;
  }
  thread.last_allocation = 0;
  return true;
}

}  // namespace

arming* gate = &unarmed;
recorder_state recorder;

namespace {

void record(const allocation& event, const unwind::registers& caller) {
  turn mine(state_of_this_thread());
  if (mine.lost()) {
    return;
  }
  thread_state& thread = mine.thread();
  if (__builtin_expect(mine.nested(), 0)) {
    queue_event(thread, {as_address(event.address), event.size_bytes,
                         site_of(thread, true, event.function, caller), event.function,
                         release_function::unknown});
    return;
  }
  recorder.table.prefetch(as_address(event.address));
  const site_id site = site_of(thread, false, event.function, caller);
  recorder.ledger.prefetch_row(local_site(site.value));
  note_allocation(thread, event, site, recorder.ledger.now_ms());
}

}  // namespace

void record_allocation(const allocation& event, const unwind::registers& caller) {
  record(event, caller);
  if (is_still_asked(recorder.ledger.header())) {
    answer_still();
  }
}

released begin_release(const release& event, const unwind::registers& caller) {
  released result;
  if (__builtin_expect(is_bootstrap(event.address), 0)) {
    result.forward = false;
    return result;
  }
  turn mine(state_of_this_thread());
  if (mine.lost()) {
    return result;
  }
  thread_state& thread = mine.thread();
  if (__builtin_expect(mine.nested(), 0)) {
    queue_release(thread, event);
    return result;
  }
  if (__builtin_expect(thread.expected_release == as_address(event.address), 0)) {
    thread.expected_release = 0;
    return result;
  }
  block_record block;
  if (!take_out(thread, event, caller, block)) {
    return result;
  }
  result.temporary = is_latest(thread, event.address);
  if (is_inherited(block.site())) {
    note_release(block, false);
  } else {
    result.counts = true;
    result.site = local_site(block.site());
    recorder.ledger.prefetch_row(result.site);
    result.size_bytes = size_of(block);
    result.age_ms = recorder.ledger.now_ms() - block.birth_ms();
  }
  forget_block(thread, as_address(event.address), block);
  return result;
}

reallocation begin_reallocation(const release& event, const unwind::registers& caller) {
  reallocation old;
  old.address = event.address;
  turn mine(state_of_this_thread());
  if (mine.lost()) {
    return old;
  }
  thread_state& thread = mine.thread();
  if (mine.nested()) {
    queue_release(thread, event);
    return old;
  }
  old.known = take_out(thread, event, caller, old.block);
  old.temporary = old.known && is_latest(thread, event.address);
  return old;
}

void end_reallocation(const reallocation& old, const allocation& made, bool freed,
                      const unwind::registers& caller) {
  turn mine(state_of_this_thread());
  if (mine.lost()) {
    return;
  }
  thread_state& thread = mine.thread();
  if (made.address == nullptr && !freed) {
    if (old.known && !mine.nested()) {
      insert_block(thread, as_address(old.address), old.block);
      thread.last_allocation = old.temporary ? as_address(old.address) : thread.last_allocation;
    }
    return;
  }
  if (old.known) {
    note_release(old.block, old.temporary);
    forget_block(thread, as_address(old.address), old.block);
  }
  if (made.address == nullptr) {
    return;
  }
  if (old.known) {
    recorder.ledger.count_reallocation();
  }
  const site_id site = site_of(thread, mine.nested(), made.function, caller);
  if (mine.nested()) {
    queue_event(thread, {as_address(made.address), made.size_bytes, site, made.function,
                         release_function::unknown});
    return;
  }
  note_allocation(thread, made, site, old.known ? old.block.birth_ms() : recorder.ledger.now_ms());
}

void retag_allocation(const allocation& event, const unwind::registers& caller) {
  {
    turn mine(state_of_this_thread());
    if (mine.lost() || mine.nested()) {
      return;
    }
    const site_id site = site_of(mine.thread(), false, event.function, caller);
    block_record before;
    const bool known = recorder.table.update(
        as_address(event.address), mine.thread().pool, [&](block_record& block) {
          before = block;
          block = make_record(mine.thread(), site, event, block.birth_ms());
        });
    if (known) {
      recorder.ledger.cancel_allocation(local_site(before.site()), size_of(before));
      recorder.ledger.count_allocation(local_site(site.value), event.size_bytes);
      forget_block(mine.thread(), as_address(event.address), before);
      return;
    }
  }
  record_allocation(event, caller);
}

void expect_inner_release(const void* address) {
  if (this_thread != nullptr) {
    this_thread->expected_release = as_address(address);
  }
}

void mark_widened(const void* address) {
  turn mine(state_of_this_thread());
  if (mine.lost() || mine.nested()) {
    return;
  }
  recorder.table.update(as_address(address), mine.thread().pool,
                        [](block_record& block) { block.add_flags(widened); });
}

void summarise_survivors() {
  turn mine(state_of_this_thread());
  if (mine.lost() || mine.nested()) {
    return;
  }
  ledger::survivor_record* survivors = recorder.ledger.survivors();
  const std::uint32_t now = recorder.ledger.now_ms();
  recorder.table.for_each(mine.thread().pool, [&](std::uintptr_t, const block_record& block) {
    if (is_inherited(block.site())) {
      return;
    }
    ledger::survivor_record& site = survivors[local_site(block.site()).value];
    const std::uint32_t age = now - block.birth_ms();
    if (site.blocks == 0 || age > now - site.oldest_birth_ms) {
      site.oldest_birth_ms = block.birth_ms();
    }
    if (site.blocks == 0 || age < now - site.youngest_birth_ms) {
      site.youngest_birth_ms = block.birth_ms();
    }
    ++site.blocks;
    site.bytes += size_of(block);
  });
  __atomic_store_n(&recorder.ledger.header().survivors_valid, 1, __ATOMIC_RELEASE);
}

}  // namespace track::runtime
