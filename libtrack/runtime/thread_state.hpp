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

struct thread_state {
  // Stack pointer of the hook that is at work in this thread, 0: none. Not a plain flag, so that a
  // hook abandoned by longjmp out of a signal handler can be told from one that is interrupted.
  std::uintptr_t busy;
  std::uint32_t pending_count;
  std::uint32_t tid;
  std::uint16_t ledger_thread;
  std::uintptr_t last_allocation;  // freed before another allocation: a temporary
  // A release that the forwarded function will do itself, through our own hook.
  std::uintptr_t expected_release;
  thread_state* next;
  thread_state* next_free;
  bool nested_stack_used;
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

// After fork: the calling thread is the only one left.
void forget_other_threads();

// Waits until no other thread is inside a hook, at most about a second. False: one still is.
bool wait_until_quiet();

}  // namespace track::runtime
