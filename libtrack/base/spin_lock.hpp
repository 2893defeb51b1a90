// A one-word lock for short sections that may be contended by preempted holders. Floor 0.
//
// Spins 100 rounds, then gives the processor away, then sleeps in steps of 50 us: eight threads on
// two processors make a pure spin lock fifteen times slower. Not recursive; a caller that a signal
// handler may interrupt must keep the handler out by other means.
// cost: one locked exchange to take, a plain store to release.
#pragma once

#include <cstdint>

#include <time.h>

#include "libtrack/base/syscall.hpp"

namespace track {

struct spin_lock {
  std::uint32_t word = 0;

  bool try_lock() {
    return __atomic_load_n(&word, __ATOMIC_RELAXED) == 0 &&
           __atomic_exchange_n(&word, 1, __ATOMIC_ACQUIRE) == 0;
  }

  void lock() {
    if (__builtin_expect(__atomic_exchange_n(&word, 1, __ATOMIC_ACQUIRE) == 0, 1)) {
      return;
    }
    lock_contended();
  }

  void unlock() { __atomic_store_n(&word, 0, __ATOMIC_RELEASE); }

 private:
  void lock_contended() {
    for (unsigned round = 0;; ++round) {
      if (try_lock()) {
        return;
      }
      if (round < 100) {
        __builtin_ia32_pause();
      } else if (round < 110) {
        raw::call(SYS_sched_yield);
      } else {
        timespec pause = {0, 50'000};
        raw::call(SYS_nanosleep, &pause, 0);
      }
    }
  }
};

class lock_guard {
 public:
  explicit lock_guard(spin_lock& lock) : lock_(lock) { lock_.lock(); }
  ~lock_guard() { lock_.unlock(); }
  lock_guard(const lock_guard&) = delete;
  lock_guard& operator=(const lock_guard&) = delete;

 private:
  spin_lock& lock_;
};

}  // namespace track
