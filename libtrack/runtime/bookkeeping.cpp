#include "libtrack/runtime/bookkeeping.hpp"

#include "libtrack/runtime/real.hpp"

namespace track::runtime {

site_id nested_site_of(thread_state& thread, allocation_function function,
                       const unwind::registers& caller) {
  if (thread.nested_stack_used) {
    recorder.ledger.count_loss(ledger::loss::no_stack_signal);
    return global_site({});
  }
  thread.nested_stack_used = true;
  thread.nested_stack.forget();
  const site_id site = intern_site(recorder.ledger, thread.nested_stack, caller, function);
  thread.nested_stack_used = false;
  return global_site(site);
}

void note_replaced(thread_state& thread, std::uintptr_t address, const block_record& old) {
  if (!is_inherited(old.site()) && (thread.last_allocation == address || real.may_reenter)) {
    // The allocator's function called another one of its own through our hook.
    recorder.ledger.cancel_allocation(local_site(old.site()), size_of(old));
  } else {
    recorder.ledger.count_loss(ledger::loss::missed_free);
    if (!is_inherited(old.site())) {
      recorder.ledger.count_release(local_site(old.site()), size_of(old), false, 0);
    }
  }
  forget_block(thread, address, old);
}

}  // namespace track::runtime
