// What the public API of this process gets from the recorder: libtrack/ledger/program_table.hpp.
// Floor 3.
//
// Called by the program's code, never by a hook: each function enters like one. What comes in a
// signal handler that interrupted a hook gets "unknown".
#include "libtrack/ledger/program_table.hpp"

#include "libtrack/base/relaxed.hpp"
#include "libtrack/runtime/block_serials.hpp"
#include "libtrack/runtime/bookkeeping.hpp"
#include "libtrack/runtime/hook.hpp"
#include "libtrack/runtime/turn.hpp"
#include "libtrack/runtime/verdict.hpp"

namespace track::runtime {
namespace {

bool is_recording() {
  return is_armed() || prepare() == readiness::record;
}

bool serial_of_block(const void* block, std::uint64_t* serial) {
  constexpr std::uintptr_t block_alignment = 8;
  if (block == nullptr || as_address(block) % block_alignment != 0 || !is_recording()) {
    return false;
  }
  turn mine(state_of_this_thread());
  if (mine.lost() || mine.nested()) {
    return false;
  }
  slab_pool& pool = mine.thread().pool;
  std::uint64_t found = 0;
  recorder.table.update(as_address(block), pool, [&](block_record& record) {
    const bool has_one = (record.flags() & numbered) != 0;
    found = known_serials.number_of(as_address(block), has_one, pool);
    if (found != 0) {
      record.add_flags(numbered);
    }
  });
  *serial = found;
  return found != 0;
}

bool objects_of_ledger(libtrack_objects* places) {
  if (!is_recording()) {
    return false;
  }
  ledger::slot_header& header = recorder.ledger.header();
  const ledger::capacities& room = recorder.ledger.room();
  *places = {.records = recorder.ledger.objects(),
             .capacity = room.objects,
             .used = &header.objects_used,
             .names = recorder.ledger.names(),
             .names_capacity = room.name_bytes,
             .names_used = &header.names_used,
             .lost = &header.lost[static_cast<unsigned>(ledger::loss::objects_full)],
             .clock_ms = &recorder.file->mono_ms};
  return true;
}

bool caches_of_ledger(libtrack_caches* places) {
  if (!is_recording()) {
    return false;
  }
  *places = {.records = recorder.ledger.caches(),
             .capacity = recorder.ledger.room().caches,
             .used = &recorder.ledger.header().caches_used};
  return true;
}

// Not inlined anywhere: its frame is where the caller's registers are found.
[[gnu::noinline]] std::uint32_t stack_of_caller(unsigned skipped) {
  const unwind::registers caller = LIBTRACK_CALLER_REGISTERS();
  if (!is_recording()) {
    return 0;
  }
  turn mine(state_of_this_thread());
  if (mine.lost()) {
    return 0;
  }
  thread_state& thread = mine.thread();
  if (!mine.nested()) {
    return intern_outer_stack(recorder.ledger, thread.stack, caller, skipped).value;
  }
  if (thread.nested_stack_used) {
    return 0;
  }
  thread.nested_stack_used = true;
  thread.nested_stack.forget();
  const node_id node = intern_outer_stack(recorder.ledger, thread.nested_stack, caller, skipped);
  thread.nested_stack_used = false;
  return node.value;
}

std::size_t frames_of_node(std::uint32_t node, void** addresses, std::size_t most) {
  return is_recording() ? recorder.ledger.frames_of(node, addresses, most) : 0;
}

std::uint64_t at_least_none(std::int64_t sum) {
  return sum > 0 ? static_cast<std::uint64_t>(sum) : 0;
}

bool live_now(std::uint64_t* blocks, std::uint64_t* bytes) {
  if (!is_recording()) {
    return false;
  }
  std::int64_t block_sum = 0;
  std::int64_t byte_sum = 0;
  for (const ledger::stripe_cell& cell : recorder.ledger.header().cells) {
    block_sum += __atomic_load_n(&cell.live_blocks, __ATOMIC_RELAXED);
    byte_sum += __atomic_load_n(&cell.live_bytes, __ATOMIC_RELAXED);
  }
  *blocks = at_least_none(block_sum);
  *bytes = at_least_none(byte_sum);
  return true;
}

std::uint32_t number_of_this_thread() {
  if (!is_recording()) {
    return 0;
  }
  const thread_state* const thread = state_of_this_thread();
  return thread == nullptr ? 0 : thread->ledger_thread;
}

}  // namespace
}  // namespace track::runtime

// Told that it is a definition: what is declared const alone would have no symbol.
extern "C" const libtrack_ledger_table libtrack_ledger_v1 = {1,
                                                             sizeof(libtrack_ledger_table),
                                                             track::runtime::serial_of_block,
                                                             track::runtime::objects_of_ledger,
                                                             track::runtime::stack_of_caller,
                                                             track::runtime::frames_of_node,
                                                             track::runtime::judge,
                                                             track::runtime::live_now,
                                                             track::runtime::number_of_this_thread,
                                                             track::runtime::caches_of_ledger};
