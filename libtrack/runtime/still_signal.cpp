#include "libtrack/runtime/still_signal.hpp"

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/recorder.hpp"
#include "libtrack/runtime/still_threads.hpp"

namespace track::runtime {
namespace {

constexpr int first_choice = 61;  // SIGRTMAX - 3
constexpr int last_choice = 40;
constexpr unsigned long has_restorer = 0x04000000;  // SA_RESTORER

int chosen = 0;

asm(".pushsection .text\n"
    ".type libtrack_return_from_signal, @function\n"
    "libtrack_return_from_signal:\n"
    "  mov $15, %eax\n"
    "  syscall\n"
    ".size libtrack_return_from_signal, . - libtrack_return_from_signal\n"
    ".popsection\n");
extern "C" __attribute__((visibility("hidden"))) void libtrack_return_from_signal();

const kernel_action ours = {&rest_or_answer, SA_SIGINFO | SA_RESTART | SA_ONSTACK | has_restorer,
                            &libtrack_return_from_signal, ~std::uint64_t{0}};

bool is_free(int signal) {
  kernel_action old = {};
  return set_action(signal, nullptr, &old) == 0 && old.handler == nullptr;
}

// But not `taken`.
bool choose(int taken) {
  for (int signal = first_choice; signal > last_choice; --signal) {
    if (signal != taken && is_free(signal) && set_action(signal, &ours, nullptr) == 0) {
      chosen = signal;
      return true;
    }
  }
  chosen = 0;
  return false;
}

void tell_collector() {
  if (is_armed()) {
    __atomic_store_n(&recorder.ledger.header().still_signal, static_cast<std::uint64_t>(chosen),
                     __ATOMIC_RELEASE);
  }
}

}  // namespace

long set_action(int signal, const kernel_action* action, kernel_action* old) {
  return raw::call(SYS_rt_sigaction, static_cast<long>(signal), static_cast<const void*>(action),
                   static_cast<void*>(old), 8);
}

const kernel_action& still_action() {
  return ours;
}

bool listen_for_stills() {
  kernel_action now = {};
  if (chosen != 0 && set_action(chosen, nullptr, &now) == 0 && now.handler == ours.handler) {
    return true;
  }
  const bool listens = choose(0);
  tell_collector();
  return listens;
}

int still_signal() {
  return chosen;
}

void give_way(int signal) {
  if (signal == 0 || signal != chosen) {
    return;
  }
  choose(signal);
  tell_collector();
  const kernel_action none = {};
  set_action(signal, &none, nullptr);
}

}  // namespace track::runtime
