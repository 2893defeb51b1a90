#include "libtrack/runtime/recorder.hpp"

#include <signal.h>

#include <time.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/large_sizes.hpp"
#include "libtrack/runtime/real.hpp"
#include "libtrack/runtime/stack_interner.hpp"

namespace track::runtime {

namespace {

arming unarmed;

std::uintptr_t as_address(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

std::uintptr_t stack_pointer() {
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}

bool on_alternate_stack() {
  stack_t current = {};
  return raw::call(SYS_sigaltstack, 0L, reinterpret_cast<long>(&current)) == 0 &&
         (current.ss_flags & SS_ONSTACK) != 0;
}

site_id global_site(site_id local) {
  const std::uint64_t id = std::uint64_t{recorder.first_site} + local.value;
  return site_id{id > max_site ? recorder.first_site : static_cast<std::uint32_t>(id)};
}

bool is_inherited(std::uint32_t global) {
  return global < recorder.first_site;
}

site_id local_site(std::uint32_t global) {
  return site_id{global - recorder.first_site};
}

// The site of an allocation, as a global id. A nested event has a stack cache of its own.
site_id site_of(thread_state& thread, bool nested, allocation_function function,
                const unwind::registers& caller) {
  if (__builtin_expect(!nested, 1)) {
    return global_site(
        intern_stack(recorder.ledger, thread.stack, caller, recorder.depth_frames, function).site);
  }
  if (thread.nested_stack_used) {
    recorder.ledger.count_loss(ledger::loss::no_stack_signal);
    return global_site({});
  }
  thread.nested_stack_used = true;
  thread.nested_stack.forget();
  const interned_stack stack =
      intern_stack(recorder.ledger, thread.nested_stack, caller, recorder.depth_frames, function);
  thread.nested_stack_used = false;
  return global_site(stack.site);
}

void insert_block(thread_state& thread, std::uintptr_t address, const block_record& block) {
  block_record old = {};
  switch (recorder.table.insert(address, block, thread.pool, old)) {
    case insert_result::inserted:
      break;
    case insert_result::replaced:
      if (thread.last_allocation == address || real.may_reenter) {
        // The allocator's function called another one of its own through our hook.
        recorder.ledger.cancel_allocation(local_site(old.site()), size_of(old));
        drop_size(old);
        break;
      }
      recorder.ledger.count_loss(ledger::loss::missed_free);
      if (!is_inherited(old.site())) {
        recorder.ledger.count_release(local_site(old.site()), size_of(old), false, 0);
      }
      drop_size(old);
      break;
    case insert_result::no_memory:
      recorder.ledger.count_loss(ledger::loss::table_full);
      break;
  }
}

block_record make_record(const thread_state& thread, site_id global, const allocation& event,
                         std::uint32_t birth_ms) {
  block_record block = {};
  std::uint8_t flags = 0;
  block.size = store_size(event.size_bytes, flags);
  block.set(global.value, event.function, flags);
  block.birth_ms = birth_ms;
  block.thread = thread.ledger_thread;
  block.alignment_log2 = event.alignment == 0
                             ? std::uint16_t{0}
                             : static_cast<std::uint16_t>(__builtin_ctzll(event.alignment));
  return block;
}

void note_allocation(thread_state& thread, const allocation& event, site_id global,
                     std::uint32_t birth_ms) {
  insert_block(thread, as_address(event.address), make_record(thread, global, event, birth_ms));
  recorder.ledger.count_allocation(local_site(global.value), event.size_bytes);
  thread.last_allocation = as_address(event.address);
}

void note_release(const block_record& block, bool temporary) {
  if (is_inherited(block.site())) {
    __atomic_fetch_add(&recorder.ledger.header().inherited_frees, 1, __ATOMIC_RELAXED);
  } else {
    recorder.ledger.count_release(local_site(block.site()), size_of(block), temporary,
                                  recorder.ledger.now_ms() - block.birth_ms);
  }
}

void drain_pending(thread_state& thread) {
  std::uint32_t done = 0;
  for (;;) {
    std::uint32_t count = __atomic_load_n(&thread.pending_count, __ATOMIC_ACQUIRE);
    for (; done < count && done < max_pending; ++done) {
      const pending_event& event = thread.pending[done];
      if (event.allocated != allocation_function::unknown) {
        note_allocation(
            thread,
            {reinterpret_cast<const void*>(event.address), event.size_bytes, event.allocated},
            event.site, recorder.ledger.now_ms());
        continue;
      }
      block_record block = {};
      if (recorder.table.erase(event.address, block, thread.pool) == erase_result::erased) {
        note_release(block, false);
        drop_size(block);
      }
    }
    if (__atomic_compare_exchange_n(&thread.pending_count, &count, 0, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_RELAXED)) {
      return;
    }
  }
}

void wait_for_fork(thread_state& thread) {
  while (recorder.fork_pending != 0) {
    thread.busy = 0;
    timespec pause = {0, 20'000};
    raw::call(SYS_nanosleep, &pause, 0);
    thread.busy = stack_pointer();
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
  }
}

// A hook was abandoned: a signal handler that interrupted it jumped out to a frame further out.
bool recover_abandoned(thread_state& thread) {
  if (stack_pointer() <= thread.busy || on_alternate_stack()) {
    return false;
  }
  if (thread.pool.held_lock != nullptr) {
    thread.pool.held_lock->unlock();
    thread.pool.held_lock = nullptr;
  }
  thread.stack.forget();
  thread.nested_stack_used = false;
  return true;
}

thread_state* state_of_this_thread() {
  if (__builtin_expect(this_thread != nullptr, 1)) {
    return this_thread;
  }
  thread_state* thread = acquire_thread_state();
  if (thread == nullptr) {
    recorder.ledger.count_loss(ledger::loss::table_full);
    return nullptr;
  }
  thread->ledger_thread = static_cast<std::uint16_t>(recorder.ledger.add_thread(thread->tid));
  return thread;
}

// The thread's turn at the recorder, from entry to exit of one hook.
class turn {
 public:
  explicit turn(thread_state* thread) : thread_(thread) {
    if (thread == nullptr) {
      return;
    }
    nested_ = thread->busy != 0 && !recover_abandoned(*thread);
    if (nested_) {
      return;
    }
    thread->busy = stack_pointer();
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    if (__builtin_expect(recorder.fork_pending != 0, 0)) {
      wait_for_fork(*thread);
    }
  }
  ~turn() {
    if (thread_ == nullptr || nested_) {
      return;
    }
    for (;;) {
      __atomic_signal_fence(__ATOMIC_SEQ_CST);
      if (__builtin_expect(thread_->pending_count != 0, 0)) {
        drain_pending(*thread_);
      }
      __atomic_store_n(&thread_->busy, 0, __ATOMIC_RELEASE);
      __atomic_signal_fence(__ATOMIC_SEQ_CST);
      if (__builtin_expect(thread_->pending_count == 0, 1)) {
        return;
      }
      thread_->busy = stack_pointer();
    }
  }
  turn(const turn&) = delete;
  turn& operator=(const turn&) = delete;

  bool lost() const { return thread_ == nullptr; }
  bool nested() const { return nested_; }
  thread_state& thread() { return *thread_; }

 private:
  thread_state* thread_;
  bool nested_ = false;
};

void queue_event(thread_state& thread, const pending_event& event) {
  const std::uint32_t place = __atomic_fetch_add(&thread.pending_count, 1, __ATOMIC_ACQ_REL);
  if (place >= max_pending) {
    recorder.ledger.count_loss(ledger::loss::nested_overflow);
    return;
  }
  thread.pending[place] = event;
}

void report_mismatch(thread_state& thread, ledger::mismatch_kind kind, const block_record* block,
                     const release& event, const unwind::registers& caller, bool certain) {
  ledger::mismatch_record finding = {};
  finding.kind = static_cast<std::uint32_t>(kind);
  if (block != nullptr && !is_inherited(block->site())) {
    finding.allocation_site = local_site(block->site()).value;
  }
  if (block != nullptr) {
    finding.bytes = size_of(*block);
  }
  finding.release_node = intern_stack(recorder.ledger, thread.stack, caller, recorder.depth_frames,
                                      allocation_function::unknown)
                             .node.value;
  finding.release_function = static_cast<std::uint32_t>(event.function);
  finding.certain = certain ? 1 : 0;
  finding.size_given = event.size_bytes;
  recorder.ledger.count_mismatch(finding);
}

bool families_agree(allocation_function made, release_function released) {
  const allocation_family from = family_of(made);
  const allocation_family to = family_of(released);
  if (from == to) {
    return true;
  }
  // A program that replaced a part of the new family may mix it as it likes.
  return !real.new_is_ours;
}

void check_release(thread_state& thread, const block_record& block, const release& event,
                   const unwind::registers& caller) {
  if (!families_agree(block.function(), event.function)) {
    report_mismatch(thread, ledger::mismatch_kind::family, &block, event, caller, true);
  } else if (event.size_known && event.size_bytes != size_of(block)) {
    report_mismatch(thread, ledger::mismatch_kind::size, &block, event, caller, true);
  } else if (event.alignment != 0 && (std::size_t{1} << block.alignment_log2) != event.alignment) {
    report_mismatch(thread, ledger::mismatch_kind::alignment, &block, event, caller, true);
  }
}

// Some blocks were made where we did not see it: nothing unknown is a finding then.
bool saw_everything() {
  const std::uint64_t* lost = recorder.ledger.header().lost;
  return !recorder.inherited_unknown &&
         lost[static_cast<unsigned>(ledger::loss::table_full)] == 0 &&
         lost[static_cast<unsigned>(ledger::loss::nested_overflow)] == 0 &&
         lost[static_cast<unsigned>(ledger::loss::missed_free)] == 0;
}

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

}  // namespace

arming* gate = &unarmed;
recorder_state recorder;

void record_allocation(const allocation& event, const unwind::registers& caller) {
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

bool record_release(const release& event, const unwind::registers& caller) {
  if (__builtin_expect(is_bootstrap(event.address), 0)) {
    return false;
  }
  turn mine(state_of_this_thread());
  if (mine.lost()) {
    return true;
  }
  thread_state& thread = mine.thread();
  if (__builtin_expect(mine.nested(), 0)) {
    queue_event(thread,
                {as_address(event.address), 0, {}, allocation_function::unknown, event.function});
    return true;
  }
  if (__builtin_expect(thread.expected_release == as_address(event.address), 0)) {
    thread.expected_release = 0;
    return true;
  }
  block_record block;
  if (take_out(thread, event, caller, block)) {
    const bool temporary = thread.last_allocation == as_address(event.address);
    if (temporary) {
      thread.last_allocation = 0;
    }
    note_release(block, temporary);
    drop_size(block);
  }
  return true;
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
    queue_event(thread,
                {as_address(event.address), 0, {}, allocation_function::unknown, event.function});
    return old;
  }
  old.known = take_out(thread, event, caller, old.block);
  old.temporary = old.known && thread.last_allocation == as_address(event.address);
  if (old.temporary) {
    thread.last_allocation = 0;
  }
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
    drop_size(old.block);
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
  note_allocation(thread, made, site, old.known ? old.block.birth_ms : recorder.ledger.now_ms());
}

void retag_allocation(const allocation& event, const unwind::registers& caller) {
  {
    turn mine(state_of_this_thread());
    if (mine.lost() || mine.nested()) {
      return;
    }
    const site_id site = site_of(mine.thread(), false, event.function, caller);
    block_record before = {};
    const bool known = recorder.table.update(
        as_address(event.address), mine.thread().pool, [&](block_record& block) {
          before = block;
          block = make_record(mine.thread(), site, event, block.birth_ms);
        });
    if (known) {
      recorder.ledger.cancel_allocation(local_site(before.site()), size_of(before));
      recorder.ledger.count_allocation(local_site(site.value), event.size_bytes);
      drop_size(before);
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
  recorder.table.update(as_address(address), mine.thread().pool, [](block_record& block) {
    block.set(block.site(), block.function(), block.flags() | widened);
  });
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
    const std::uint32_t age = now - block.birth_ms;
    if (site.blocks == 0 || age > now - site.oldest_birth_ms) {
      site.oldest_birth_ms = block.birth_ms;
    }
    if (site.blocks == 0 || age < now - site.youngest_birth_ms) {
      site.youngest_birth_ms = block.birth_ms;
    }
    ++site.blocks;
    site.bytes += size_of(block);
  });
  __atomic_store_n(&recorder.ledger.header().survivors_valid, 1, __ATOMIC_RELEASE);
}

}  // namespace track::runtime
