// What the preload keeps for a thread. Floor 3, freestanding.
//
// Found through one initial-exec TLS word; the states themselves are mapped pages that are taken
// over by later threads. There is no thread-exit hook: TLS destructors and libc's own clean-up may
// allocate until the very end, so a state is free again when its thread is gone, which is asked of
// the kernel when states run short (amortised: one question a thread).
#pragma once

#include <cstddef>
#include <cstdint>

#include "libtrack/base/allocation_function.hpp"
#include "libtrack/base/ids.hpp"
#include "libtrack/runtime/arena.hpp"
#include "libtrack/runtime/stack_interner.hpp"

namespace track::runtime {

// An event of a signal handler that interrupted a hook; the interrupted hook does it on its way
// out.
struct pending_event {
  std::uintptr_t address;
  std::uint64_t size_bytes;       // of an allocation
  site_id site;                   // of an allocation, global id
  allocation_function allocated;  // unknown: this is a release
  release_function released;
};
inline constexpr unsigned max_pending = 64;
// In thread_state::pending_count: the thread is to rest for a still when its hook ends.
inline constexpr std::uint32_t rest_flag = 0x80000000;

struct thread_state {
  // Stack pointer of the hook that is at work in this thread, 0: none. Not a plain flag, so that a
  // hook abandoned by longjmp out of a signal handler can be told from one that is interrupted.
  std::uintptr_t busy;
  std::uint32_t pending_count;
  std::uint32_t tid;
  std::uint32_t rest_wanted;  // with rest_flag: place among the still's threads, plus one
  std::uint16_t ledger_thread;
  std::uint8_t new_block_flags;  // block_flags of what it allocates
  std::uintptr_t thread_pointer;
  std::uintptr_t last_allocation;  // freed before another allocation: a temporary
  // A release that the forwarded function will do itself, through our own hook.
  std::uintptr_t expected_release;
  thread_state* next;
  thread_state* next_free;
  bool nested_stack_used;
  std::uint32_t ignoring_depth;  // of __lsan_disable
  slab_pool pool;
  pending_event pending[max_pending];
  hashed_stack stack;
  hashed_stack nested_stack;  // for signal handlers
};

// This thread's state; nullptr before its first event and when there is no memory.
extern constinit thread_local thread_state* this_thread __attribute__((tls_model("initial-exec")));

// Makes a state for the calling thread; nullptr when no memory can be had or a signal handler comes
// in between. cost: 1 us.
thread_state* acquire_thread_state();

// The thread pointer of a living thread that had an event; 0: unknown. For a still: no lock.
std::uintptr_t thread_pointer_of(std::uint32_t tid);

// The thread pointers of all threads that ever had an event. libc keeps a finished thread's stack,
// with its own block in it, for the next one.
struct thread_places {
  const std::uintptr_t* pointers;
  std::size_t count;
};
thread_places places_of_threads();

// After fork: the calling thread is the only one left.
void forget_other_threads();

// Waits until no other thread is inside a hook, at most about a second. False: one still is.
bool wait_until_quiet();

}  // namespace track::runtime
