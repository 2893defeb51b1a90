// The real-time signal that brings threads to rest and makes an idle process answer. Floor 3,
// freestanding.
//
// The highest from SIGRTMAX - 3 downwards that the program does not use. Its handler is there from
// the start; the program sees the default action, and when it wants the number for itself it gets
// it and we take another.
#pragma once

#include <signal.h>

#include <cstdint>

namespace track::runtime {

using kernel_handler = void(int, siginfo_t*, void*);

struct kernel_action {
  kernel_handler* handler;
  unsigned long flags;
  void (*restorer)();
  std::uint64_t mask;
};

// errors: a negative number of the kernel's.
long set_action(int signal, const kernel_action* action, kernel_action* old);

// Our handler, as an action that blocks every other signal meanwhile.
const kernel_action& still_action();

// Chooses the signal and installs the handler; again in case somebody took it by a raw system call.
// False: all are in use.
bool listen_for_stills();

// 0: we listen to none.
int still_signal();

// The program is about to install an action for `signal`.
void give_way(int signal);

}  // namespace track::runtime
