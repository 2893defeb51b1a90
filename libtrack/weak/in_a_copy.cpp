#include "libtrack/weak/in_a_copy.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <utility>

#include "libtrack/base/syscall.hpp"

namespace track::detail {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{10};

// No handler of the program runs in the copy.
class signals_held {
 public:
  signals_held() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~signals_held() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  signals_held(const signals_held&) = delete;
  signals_held& operator=(const signals_held&) = delete;

 private:
  sigset_t before_;
};

// False: it ended with less than all, or took too long.
bool read_all(int from, std::string& text) {
  const auto end = clock::now() + patience;
  std::array<char, 4096> part;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
    pollfd waited = {from, POLLIN, 0};
    const int ready = left.count() <= 0 ? 0 : poll(&waited, 1, static_cast<int>(left.count()));
    if (ready <= 0) {
      return false;
    }
    const ssize_t got = read(from, part.data(), part.size());
    if (got <= 0) {
      return got == 0 && !text.empty();
    }
    text.append(part.data(), static_cast<std::size_t>(got));
  }
}

[[noreturn]] void say_and_end(int to, std::string (*say)(const void*), const void* of) {
  const std::string text = say(of);
  for (std::size_t written = 0; written < text.size();) {
    const ssize_t now = write(to, text.data() + written, text.size() - written);
    if (now <= 0) {
      break;
    }
    written += static_cast<std::size_t>(now);
  }
  for (;;) {
    raw::call(SYS_exit_group, 0);
  }
}

}  // namespace

std::optional<std::string> said_in_a_copy(std::string (*say)(const void*), const void* of) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return std::nullopt;
  }
  long copy = 0;
  {
    const signals_held held;
    // Not fork(): what hooks it would take the copy for a child of the program; no signal at its
    // end either, and only who knows of it waits for it.
    copy = raw::call(SYS_clone, 0L, 0L, 0L, 0L, 0L);
    if (copy == 0) {
      say_and_end(ends[1], say, of);
    }
  }
  close(ends[1]);
  std::string text;
  const bool whole = copy > 0 && read_all(ends[0], text);
  close(ends[0]);
  if (copy > 0) {
    raw::call(SYS_kill, copy, SIGKILL);
    raw::call(SYS_wait4, copy, 0L, static_cast<long>(__WALL), 0L);
  }
  return whole ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace track::detail
