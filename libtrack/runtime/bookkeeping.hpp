// A block's way into the live table and the counters, and out again. Floor 3, freestanding.
//
// For the thread whose turn it is (turn.hpp). Site ids are global here: those below
// recorder.first_site were inherited by fork. Inline: every allocation passes here.
#pragma once

#include "libtrack/runtime/block_serials.hpp"
#include "libtrack/runtime/large_sizes.hpp"
#include "libtrack/runtime/recorder.hpp"

namespace track::runtime {

inline std::uintptr_t as_address(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer);
}

inline site_id global_site(site_id local) {
  const std::uint64_t id = std::uint64_t{recorder.first_site} + local.value;
  return site_id{id > max_site ? recorder.first_site : static_cast<std::uint32_t>(id)};
}

inline bool is_inherited(std::uint32_t global) {
  return global < recorder.first_site;
}

inline site_id local_site(std::uint32_t global) {
  return site_id{global - recorder.first_site};
}

// The record of the block that was at `address` is used no more.
inline void forget_block(thread_state& thread, std::uintptr_t address, const block_record& block) {
  if (__builtin_expect((block.flags() & (large | numbered)) == 0, 1)) {
    return;
  }
  drop_size(block);
  if ((block.flags() & numbered) != 0) {
    known_serials.drop(address, thread.pool);
  }
}

// The site of an allocation, as a global id. A nested event has a stack of its own.
site_id nested_site_of(thread_state& thread, allocation_function function,
                       const unwind::registers& caller);

inline site_id site_of(thread_state& thread, bool nested, allocation_function function,
                       const unwind::registers& caller) {
  if (__builtin_expect(nested, 0)) {
    return nested_site_of(thread, function, caller);
  }
  return global_site(intern_site(recorder.ledger, thread.stack, caller, function));
}

// The address was in the table already; `old` is what stood there.
void note_replaced(thread_state& thread, std::uintptr_t address, const block_record& old);

inline void insert_block(thread_state& thread, std::uintptr_t address, block_record block) {
  block_record old;
  switch (recorder.table.insert(address, block, thread.pool, old)) {
    case insert_result::inserted:
      break;
    case insert_result::replaced:
      note_replaced(thread, address, old);
      break;
    case insert_result::no_memory:
      recorder.ledger.count_loss(ledger::loss::table_full);
      break;
  }
}

inline block_record make_record(const thread_state& thread, site_id global, const allocation& event,
                                std::uint32_t birth_ms) {
  std::uint8_t flags = thread.new_block_flags;
  const std::uint32_t size = store_size(event.size_bytes, flags);
  const int alignment_log2 = event.alignment == 0 ? 0 : __builtin_ctzll(event.alignment);
  return {size,
          global.value,
          event.function,
          flags,
          birth_ms,
          thread.ledger_thread,
          static_cast<unsigned>(alignment_log2)};
}

inline void note_allocation(thread_state& thread, const allocation& event, site_id global,
                            std::uint32_t birth_ms) {
  insert_block(thread, as_address(event.address), make_record(thread, global, event, birth_ms));
  recorder.ledger.count_allocation(local_site(global.value), event.size_bytes);
  thread.last_allocation = as_address(event.address);
}

inline void note_release(const block_record& block, bool temporary) {
  if (is_inherited(block.site())) {
    __atomic_fetch_add(&recorder.ledger.header().inherited_frees, 1, __ATOMIC_RELAXED);
  } else {
    recorder.ledger.count_release(local_site(block.site()), size_of(block), temporary,
                                  recorder.ledger.now_ms() - block.birth_ms());
  }
}

}  // namespace track::runtime
