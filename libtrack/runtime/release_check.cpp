#include "libtrack/runtime/release_check.hpp"

#include "libtrack/runtime/bookkeeping.hpp"
#include "libtrack/runtime/real.hpp"

namespace track::runtime {

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
  finding.release_node = intern_stack(recorder.ledger, thread.stack, caller).value;
  finding.release_function = static_cast<std::uint32_t>(event.function);
  finding.certain = certain ? 1 : 0;
  finding.size_given = event.size_bytes;
  recorder.ledger.count_mismatch(finding);
}

namespace {

bool families_agree(allocation_function made, release_function released) {
  const allocation_family from = family_of(made);
  const allocation_family to = family_of(released);
  if (from == to) {
    return true;
  }
  // A program that replaced a part of the new family may mix it as it likes.
  return !real.new_is_ours;
}

}  // namespace

void check_release(thread_state& thread, const block_record& block, const release& event,
                   const unwind::registers& caller) {
  if (!families_agree(block.function(), event.function)) {
    report_mismatch(thread, ledger::mismatch_kind::family, &block, event, caller, true);
  } else if (event.size_known && event.size_bytes != size_of(block)) {
    report_mismatch(thread, ledger::mismatch_kind::size, &block, event, caller, true);
  } else if (event.alignment != 0 &&
             (std::size_t{1} << block.alignment_log2()) != event.alignment) {
    report_mismatch(thread, ledger::mismatch_kind::alignment, &block, event, caller, true);
  }
}

bool saw_everything() {
  const std::uint64_t* lost = recorder.ledger.header().lost;
  return !recorder.inherited_unknown &&
         lost[static_cast<unsigned>(ledger::loss::table_full)] == 0 &&
         lost[static_cast<unsigned>(ledger::loss::nested_overflow)] == 0 &&
         lost[static_cast<unsigned>(ledger::loss::missed_free)] == 0;
}

}  // namespace track::runtime
