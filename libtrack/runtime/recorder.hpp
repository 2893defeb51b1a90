// From an allocation event to the ledger and the live table. Floor 3, freestanding.
//
// The hooks call in here before a release and after an allocation, never across one: nothing is
// held while the real function runs. A thread is at work here once at a time; a signal handler that
// comes in between leaves its events to the interrupted one. errors: none leave; what cannot be
// noted is counted in the ledger.
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/ledger/writer.hpp"
#include "libtrack/runtime/live_table.hpp"
#include "libtrack/runtime/thread_state.hpp"
#include "libtrack/unwind/unwind.hpp"

namespace track::runtime {

// On a page of its own that the kernel wipes in a child (MADV_WIPEONFORK), so that a child made by
// raw clone, too, finds itself unarmed and never writes into its parent's slot.
struct arming {
  volatile std::uint32_t armed;
};

struct recorder_state {
  ledger::slot_writer ledger;
  live_table table;
  ledger::file_header* file = nullptr;
  arming* armed_page = nullptr;  // `gate` once it is armed
  std::uint32_t first_site = 0;  // global site id of the slot's "others"; ids below are inherited
  volatile std::uint32_t fork_pending = 0;  // threads that are forking: hooks wait
  bool inherited_unknown = false;           // the live table could not be taken over
};

extern arming* gate;
extern recorder_state recorder;

inline bool is_armed() {
  return __builtin_expect(gate->armed != 0, 1);
}

struct allocation {
  const void* address;
  std::size_t size_bytes;
  allocation_function function;
  std::size_t alignment = 0;  // as asked for, 0: none
};

struct release {
  const void* address;
  release_function function;
  bool size_known = false;  // the caller said a size
  std::size_t size_bytes = 0;
  std::size_t alignment = 0;  // the caller said an alignment, 0: none
};

void record_allocation(const allocation& event, const unwind::registers& caller);

// What a release leaves to be counted. The block is out of the table; its site's counters are
// fetched from memory while the real function runs.
struct released {
  bool forward = true;  // false: the address is not one that may be forwarded
  bool counts = false;
  bool temporary = false;
  std::uint32_t age_ms = 0;
  site_id site;  // local to the slot
  std::uint64_t size_bytes = 0;
};

// Before the real release and after it.
released begin_release(const release& event, const unwind::registers& caller);
inline void end_release(const released& block) {
  if (block.counts) {
    recorder.ledger.count_release(block.site, block.size_bytes, block.temporary, block.age_ms);
  }
}

// A realloc in two halves: `begin` before the real one takes the block out, `end` after it puts in
// the new block, or the old one again when there is none.
struct reallocation {
  const void* address = nullptr;
  block_record block;
  bool known = false;
  bool temporary = false;
};
reallocation begin_reallocation(const release& event, const unwind::registers& caller);
void end_reallocation(const reallocation& old, const allocation& made, bool freed,
                      const unwind::registers& caller);

// The block was recorded by an inner hook as another function's; or it was not recorded at all.
void retag_allocation(const allocation& event, const unwind::registers& caller);

// The forwarded release of `address` will come through our own hook: it counts already.
void expect_inner_release(const void* address);

// The program may use all that malloc_usable_size told it.
void mark_widened(const void* address);

// Fills the ledger's survivors from the live table.
void summarise_survivors();

}  // namespace track::runtime
