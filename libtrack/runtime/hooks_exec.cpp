// Hooks that hand tracking on to other programs: exec, spawn, system, popen. Floor 3.
//
// May run in a vfork child: the stack is the parent's too, nothing is allocated, and what is said
// of "this process" is checked against its pid.
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include <alloca.h>
#include <stdarg.h>
#include <string.h>

#include "libtrack/runtime/follow.hpp"
#include "libtrack/runtime/hook.hpp"

using namespace track;
using namespace track::runtime;

namespace {

// Larger environments are built in a mapping.
constexpr std::size_t most_bytes_on_stack = 16384;

// Calls `forward` with the environment that the child gets. On return the call failed, or it was a
// spawn: what was mapped is given back.
template <typename Forward>
auto with_child_environment(char* const* environment, bool follow, Forward forward) {
  if (!follow) {
    return forward(environment);
  }
  const std::size_t bytes =
      child_environment::bytes_needed(environment, options_of_start(), own_library_path());
  const bool on_stack = bytes <= most_bytes_on_stack;
  void* const place = on_stack ? alloca(bytes) : map_pages(bytes);
  if (place == nullptr) {
    return forward(environment);
  }
  const auto result =
      forward(child_environment::build(environment, static_cast<char*>(place), options_of_start(),
                                       own_library_path(), process_number(), process_pid()));
  if (!on_stack) {
    const int kept = errno;
    munmap(place, bytes);
    errno = kept;
  }
  return result;
}

template <typename Forward>
int replace_image(char* const* environment, bool follow, Forward forward) {
  return with_child_environment(environment, follow, [&](char* const* child) {
    note_exec(false);
    const int status = forward(child);
    note_exec(true);
    return status;
  });
}

bool ready() {
  return is_armed() || prepare() != readiness::bootstrap;
}

int not_ready() {
  errno = EAGAIN;
  return -1;
}

int exec_path(const char* path, char* const* arguments, char* const* environment) {
  return ready() ? replace_image(
                       environment, may_follow(path),
                       [&](char* const* child) { return real.execve(path, arguments, child); })
                 : not_ready();
}

int exec_search(const char* file, char* const* arguments, char* const* environment) {
  return ready() ? replace_image(
                       environment, may_follow_searched(file),
                       [&](char* const* child) { return real.execvpe(file, arguments, child); })
                 : not_ready();
}

std::size_t count_arguments(va_list list) {
  std::size_t count = 1;
  while (va_arg(list, const char*) != nullptr) {
    ++count;
  }
  return count;
}

void copy_arguments(char** arguments, const char* first, std::size_t count, va_list list) {
  arguments[0] = const_cast<char*>(first);
  for (std::size_t i = 1; i <= count; ++i) {
    arguments[i] = va_arg(list, char*);
  }
}

// Arguments of an execl function as an array on the caller's stack, ending in nullptr.
#define LIBTRACK_COLLECT_ARGUMENTS(arguments, list, first)                                 \
  va_list list;                                                                            \
  va_start(list, first);                                                                   \
  const std::size_t arguments##_count = count_arguments(list);                             \
  va_end(list);                                                                            \
  auto** arguments = static_cast<char**>(alloca((arguments##_count + 1) * sizeof(char*))); \
  va_start(list, first);                                                                   \
  copy_arguments(arguments, first, arguments##_count, list)

// libc's own spawns (system, popen, wordexp) take the environment from `environ` and cannot be
// given another: for the time of the call it holds our variables. Calls of several threads may
// overlap: the first one in sets it, the last one out puts the program's back.
struct shared_environment {
  spin_lock lock;
  unsigned users = 0;
  char** original = nullptr;
  char** shown = nullptr;  // the begin of a mapping
  std::size_t mapped_bytes = 0;

  bool is_ours(const char* entry) const {
    return reinterpret_cast<std::uintptr_t>(entry) - reinterpret_cast<std::uintptr_t>(shown) <
           mapped_bytes;
  }
};
shared_environment shared;

void show_child_environment() {
  lock_guard hold(shared.lock);
  if (shared.users++ != 0) {
    return;
  }
  shared.mapped_bytes =
      child_environment::bytes_needed(environ, options_of_start(), own_library_path());
  shared.original = environ;
  auto* const place = static_cast<char*>(map_pages(shared.mapped_bytes));
  shared.shown = reinterpret_cast<char**>(place);
  if (place != nullptr) {
    environ = const_cast<char**>(child_environment::build(
        environ, place, options_of_start(), own_library_path(), process_number(), process_pid()));
  }
}

void hide_child_environment() {
  lock_guard hold(shared.lock);
  if (--shared.users != 0 || shared.shown == nullptr) {
    return;
  }
  // setenv of another thread may have changed entries in place, or moved on to an array of its own.
  start_options ignored = {};
  const bool moved = environ != shared.shown && environ != shared.original;
  if (environ != shared.original) {
    take_options(environ, own_library_path(), ignored);
  }
  if (!moved && environ == shared.shown) {
    std::size_t i = 0;
    // A text of ours stands where the program's own LD_PRELOAD was, and is.
    for (; shared.shown[i] != nullptr; ++i) {
      shared.original[i] = shared.is_ours(shared.shown[i]) ? shared.original[i] : shared.shown[i];
    }
    shared.original[i] = nullptr;
    environ = shared.original;
  }
  if (!moved) {
    munmap(shared.shown, shared.mapped_bytes);
  }
  shared.shown = nullptr;
}

class environment_shown {
 public:
  environment_shown() : shown_(follows_children()) {
    if (shown_) {
      show_child_environment();
    }
  }
  ~environment_shown() {
    if (shown_) {
      const int kept = errno;
      hide_child_environment();
      errno = kept;
    }
  }
  environment_shown(const environment_shown&) = delete;
  environment_shown& operator=(const environment_shown&) = delete;

 private:
  bool shown_;
};

}  // namespace

LIBTRACK_EXPORT int execve(const char* path, char* const* arguments, char* const* environment) {
  return exec_path(path, arguments, environment);
}

LIBTRACK_EXPORT int execv(const char* path, char* const* arguments) {
  return exec_path(path, arguments, environ);
}

LIBTRACK_EXPORT int execvp(const char* file, char* const* arguments) {
  return exec_search(file, arguments, environ);
}

LIBTRACK_EXPORT int execvpe(const char* file, char* const* arguments, char* const* environment) {
  return exec_search(file, arguments, environment);
}

LIBTRACK_EXPORT int execl(const char* path, const char* first, ...) {
  LIBTRACK_COLLECT_ARGUMENTS(arguments, list, first);
  va_end(list);
  return exec_path(path, arguments, environ);
}

LIBTRACK_EXPORT int execlp(const char* file, const char* first, ...) {
  LIBTRACK_COLLECT_ARGUMENTS(arguments, list, first);
  va_end(list);
  return exec_search(file, arguments, environ);
}

LIBTRACK_EXPORT int execle(const char* path, const char* first, ...) {
  LIBTRACK_COLLECT_ARGUMENTS(arguments, list, first);
  char* const* environment = va_arg(list, char* const*);
  va_end(list);
  return exec_path(path, arguments, environment);
}

LIBTRACK_EXPORT int fexecve(int file, char* const* arguments, char* const* environment) {
  return ready() ? replace_image(
                       environment, may_follow_file(file),
                       [&](char* const* child) { return real.fexecve(file, arguments, child); })
                 : not_ready();
}

LIBTRACK_EXPORT int execveat(int directory, const char* path, char* const* arguments,
                             char* const* environment, int flags) {
  if (!ready() || real.execveat == nullptr) {
    errno = ENOSYS;
    return -1;
  }
  return replace_image(environment, may_follow_at(directory, path, flags), [&](char* const* child) {
    return real.execveat(directory, path, arguments, child, flags);
  });
}

LIBTRACK_EXPORT int posix_spawn(pid_t* pid, const char* path, const void* actions,
                                const void* attributes, char* const* arguments,
                                char* const* environment) {
  if (!ready()) {
    return EAGAIN;
  }
  return with_child_environment(environment, may_follow(path), [&](char* const* child) {
    return real.posix_spawn(pid, path, actions, attributes, arguments, child);
  });
}

LIBTRACK_EXPORT int posix_spawnp(pid_t* pid, const char* file, const void* actions,
                                 const void* attributes, char* const* arguments,
                                 char* const* environment) {
  if (!ready()) {
    return EAGAIN;
  }
  return with_child_environment(environment, may_follow_searched(file), [&](char* const* child) {
    return real.posix_spawnp(pid, file, actions, attributes, arguments, child);
  });
}

LIBTRACK_EXPORT int system(const char* command) {
  if (!ready()) {
    return not_ready();
  }
  environment_shown shown;
  return real.system(command);
}

LIBTRACK_EXPORT void* popen(const char* command, const char* type) {
  if (!ready()) {
    not_ready();
    return nullptr;
  }
  environment_shown shown;
  return real.popen(command, type);
}

LIBTRACK_EXPORT int wordexp(const char* words, void* expansion, int flags) {
  if (!ready()) {
    return 1;
  }
  environment_shown shown;
  return real.wordexp(words, expansion, flags);
}
