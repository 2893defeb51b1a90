// The threads of this process at the moment of a still: brought to rest, registers known, let go.
// Floor 3, freestanding.
//
// One still at a time. From `stop` to `release` nothing but raw system calls on memory that was
// there before: a thread at rest may hold any lock of libc. A thread never rests inside our own
// critical sections: it is asked to, and does so when its hook ends.
// source: /proc/PID/syscall tells stack pointer and pc of a thread that sleeps in the kernel.
#pragma once

#include <signal.h>

#include <cstddef>
#include <cstdint>

namespace track::runtime {

inline constexpr std::size_t register_count = 16;

enum class rest : std::uint32_t {
  none = 0,    // it runs: what it changes meanwhile is seen half
  parked = 1,  // in our signal handler, or at the end of a hook; registers are known
  asleep = 2,  // in the kernel; only the stack pointer is known
  ended = 3
};

struct still_thread {
  std::uint32_t tid;
  rest state;
  std::uintptr_t stack_pointer;
  std::uintptr_t thread_pointer;  // 0: unknown
  std::uintptr_t registers[register_count];
};

class still_threads {
 public:
  // Brings all other threads to rest. `wake_sleepers`: those asleep in a system call, too, which
  // makes it return EINTR; their registers are known then. `caller`: stack pointer and registers of
  // the calling thread. errors: false when the threads cannot be listed.
  bool stop(bool wake_sleepers, const still_thread& caller);

  // Whether those left asleep did not wake meanwhile; those who did are marked as running.
  void check_sleepers();

  void release();

  // Instead, in a process that is about to end: after its last destructor no thread goes on, as it
  // would hardly have got to. errors: if it has not ended after a second, they do.
  void let_rest();

  std::size_t count() const { return count_; }
  const still_thread& operator[](std::size_t index) const { return threads_[index]; }
  std::uint32_t unseen() const { return unseen_; }
  std::uint32_t in_state(rest state) const;

 private:
  void list();
  void add(std::uint32_t tid);

  still_thread* threads_ = nullptr;
  std::size_t count_ = 0;
  std::uint32_t unseen_ = 0;
};

// The signal's handler. It rests only where a still asked the thread to; the collector's signal
// (from kill) makes it take a still.
void rest_or_answer(int, siginfo_t* info, void* place);

// Registers that a function keeps for its caller, and the stack pointer, as they are in the
// function that this is expanded in.
#define LIBTRACK_OWN_REGISTERS(thread)                                                     \
  do {                                                                                     \
    asm volatile(                                                                          \
        "movq %%rbx, 0(%0)\n\tmovq %%rbp, 8(%0)\n\tmovq %%r12, 16(%0)\n\t"                 \
        "movq %%r13, 24(%0)\n\tmovq %%r14, 32(%0)\n\tmovq %%r15, 40(%0)"                   \
        :                                                                                  \
        : "r"((thread).registers)                                                          \
        : "memory");                                                                       \
    (thread).stack_pointer = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); \
  } while (false)

// In a fork's child: nobody rests.
void reset_still_threads();

// A hook ends in a thread that was asked to rest meanwhile.
void rest_after_hook(std::uint32_t index);

}  // namespace track::runtime
