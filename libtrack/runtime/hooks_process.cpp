// Hooks of the ways out of a process, and of dlclose. Floor 3.
#include <sys/syscall.h>

#include "libtrack/base/syscall.hpp"
#include "libtrack/runtime/hook.hpp"

using namespace track;
using namespace track::runtime;

namespace {

[[noreturn]] void leave_at_once(int status) {
  prepare();
  note_exit(ledger::exit_path::immediate_exit, status & 0xff);
  if (real.immediate_exit != nullptr) {
    real.immediate_exit(status);
  }
  for (;;) {
    raw::call(SYS_exit_group, status);
  }
}

}  // namespace

LIBTRACK_EXPORT __attribute__((noreturn)) void _exit(int status) {
  leave_at_once(status);
}

LIBTRACK_EXPORT __attribute__((noreturn)) void _Exit(int status) {
  leave_at_once(status);
}

LIBTRACK_EXPORT __attribute__((noreturn)) void abort() {
  prepare();
  note_exit(ledger::exit_path::abort, 0);
  if (real.abort != nullptr) {
    real.abort();
  }
  __builtin_trap();
}

LIBTRACK_EXPORT int dlclose(void* handle) {
  prepare();
  if (real.dlclose == nullptr) {
    return -1;
  }
  const int status = real.dlclose(handle);
  note_unload();
  return status;
}
