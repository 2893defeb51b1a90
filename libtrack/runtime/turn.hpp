// A thread's turn at the recorder, from entry to exit of one hook. Floor 3, freestanding.
//
// One at a time a thread. A signal handler that comes in between is nested: it queues its events,
// and the interrupted turn does them at its end. A thread that is about to fork waits for all turns
// to end, and new ones wait for it.
#pragma once

#include "libtrack/base/relaxed.hpp"
#include "libtrack/runtime/recorder.hpp"

namespace track::runtime {

inline std::uintptr_t stack_pointer() {
  return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
}

// This thread's state, made at its first event; nullptr when it cannot be (counted).
thread_state* new_state_of_this_thread();

// Gives the thread a record in the present ledger.
void number_in_ledger(thread_state& thread);

inline thread_state* state_of_this_thread() {
  return __builtin_expect(this_thread != nullptr, 1) ? this_thread : new_state_of_this_thread();
}

// A hook was abandoned: a signal handler that interrupted it jumped out to a frame further out.
bool recover_abandoned(thread_state& thread);

void wait_for_fork(thread_state& thread);
void drain_pending(thread_state& thread);
void queue_event(thread_state& thread, const pending_event& event);

// The thread's turn at the recorder, from entry to exit of one hook.
class turn {
 public:
  explicit turn(thread_state* thread) : thread_(thread) {
    if (thread == nullptr) {
      return;
    }
    nested_ = load_relaxed(thread->busy) != 0 && !recover_abandoned(*thread);
    if (nested_) {
      return;
    }
    store_relaxed(thread->busy, stack_pointer());
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
      if (__builtin_expect(load_relaxed(thread_->pending_count) != 0, 0)) {
        drain_pending(*thread_);
      }
      __atomic_store_n(&thread_->busy, 0, __ATOMIC_RELEASE);
      __atomic_signal_fence(__ATOMIC_SEQ_CST);
      if (__builtin_expect(load_relaxed(thread_->pending_count) == 0, 1)) {
        return;
      }
      store_relaxed(thread_->busy, stack_pointer());
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

}  // namespace track::runtime
