// Hooks of the ways to set a signal's action: the one that stills use shows as unused. Floor 3.
#include <errno.h>
#include <signal.h>

#include "libtrack/runtime/hook.hpp"
#include "libtrack/runtime/still_signal.hpp"

using namespace track::runtime;

namespace {

// Whether `signal` is ours, and not to be seen.
bool is_hidden(int signal) {
  return signal != 0 && signal == still_signal();
}

// The default action is what the program believes to be there.
signal_handler* set_handler(function_type<signal_handler*(int, signal_handler*)>* forward,
                            int signal, signal_handler* handler) {
  prepare();
  if (is_hidden(signal)) {
    if (handler == SIG_DFL) {
      return SIG_DFL;
    }
    give_way(signal);
  }
  if (forward == nullptr) {
    errno = ENOSYS;
    return SIG_ERR;
  }
  return forward(signal, handler);
}

}  // namespace

LIBTRACK_EXPORT int sigaction(int signal, const struct sigaction* action, struct sigaction* old) {
  prepare();
  if (is_hidden(signal)) {
    if (action == nullptr || action->sa_handler == SIG_DFL) {
      if (old != nullptr) {
        *old = {};
      }
      return 0;
    }
    give_way(signal);
  }
  if (real.sigaction == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  return real.sigaction(signal, action, old);
}

LIBTRACK_EXPORT signal_handler* signal(int signal, signal_handler* handler) {
  return set_handler(real.signal, signal, handler);
}

LIBTRACK_EXPORT signal_handler* bsd_signal(int signal, signal_handler* handler) {
  return set_handler(real.signal, signal, handler);
}

LIBTRACK_EXPORT signal_handler* __sysv_signal(int signal, signal_handler* handler) {
  return set_handler(real.sysv_signal, signal, handler);
}

LIBTRACK_EXPORT signal_handler* sysv_signal(int signal, signal_handler* handler) {
  return set_handler(real.sysv_signal, signal, handler);
}

LIBTRACK_EXPORT signal_handler* sigset(int signal, signal_handler* handler) {
  return set_handler(real.sigset, signal, handler);
}

LIBTRACK_EXPORT int sigignore(int signal) {
  prepare();
  if (is_hidden(signal)) {
    give_way(signal);
  }
  if (real.sigignore == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  return real.sigignore(signal);
}
