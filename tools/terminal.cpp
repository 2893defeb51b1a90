#include "tools/terminal.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "tools/console.hpp"

namespace track::tools {
namespace {

// source: xterm's control sequences: alternate screen, hidden cursor, no wrapping.
constexpr std::string_view enter_screen = "\x1b[?1049h\x1b[?25l\x1b[?7l";
constexpr std::string_view leave_screen = "\x1b[?7h\x1b[?25h\x1b[?1049l";
constexpr std::array watched = {SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH};

sigset_t watched_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : watched) {
    sigaddset(&set, signal);
  }
  return set;
}

error refused(const char* what) {
  return {error_code::output, std::string(what) + ": " + std::strerror(errno)};
}

}  // namespace

bool is_terminal() {
  const char* kind = std::getenv("TERM");
  return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 && kind != nullptr &&
         *kind != '\0' && std::strcmp(kind, "dumb") != 0;
}

std::string parse_keys(std::string_view bytes) {
  std::string keys;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (bytes[at] != '\x1b' || at + 1 == bytes.size() ||
        (bytes[at + 1] != '[' && bytes[at + 1] != 'O')) {
      keys += bytes[at];
      continue;
    }
    at += 2;
    while (at < bytes.size() && (bytes[at] < '@' || bytes[at] > '~')) {
      ++at;
    }
    if (at < bytes.size() && (bytes[at] == 'A' || bytes[at] == 'B')) {
      keys += bytes[at] == 'A' ? key_up : key_down;
    }
  }
  return keys;
}

result<std::unique_ptr<terminal>> terminal::open() {
  std::unique_ptr<terminal> made(new terminal);
  const sigset_t set = watched_signals();
  pthread_sigmask(SIG_BLOCK, &set, &made->signals_before_);
  if (tcgetattr(STDIN_FILENO, &made->before_) != 0) {
    return refused("the terminal's settings cannot be read");
  }
  made->signals_ = file_descriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!made->signals_) {
    return refused("signals cannot be watched");
  }
  if (auto done = made->enter(); !done) {
    return done.failure();
  }
  return made;
}

terminal::~terminal() {
  leave();
  pthread_sigmask(SIG_SETMASK, &signals_before_, nullptr);
}

result<void> terminal::enter() {
  termios raw = before_;
  // Signals of keys stay: Ctrl-C and Ctrl-Z come by signalfd.
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) != 0) {
    return refused("the terminal's settings cannot be changed");
  }
  entered_ = true;
  return write_output("", enter_screen);
}

void terminal::leave() {
  if (entered_) {
    entered_ = false;
    static_cast<void>(write_output("", leave_screen));
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before_);
  }
}

screen_size terminal::size() const {
  winsize size = {};
  screen_size found;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col != 0 && size.ws_row != 0) {
    found = {size.ws_col, size.ws_row};
  }
  return found;
}

terminal_events terminal::wait(int other, int timeout_ms) {
  terminal_events events;
  std::array<pollfd, 3> files = {
      {{STDIN_FILENO, POLLIN, 0}, {signals_.get(), POLLIN, 0}, {other, POLLIN, 0}}};
  if (poll(files.data(), files.size(), timeout_ms) <= 0) {
    return events;
  }
  // Signals first: after a suspension keys are another program's.
  if (files[1].revents != 0) {
    take_signals(events);
  }
  if (files[0].revents != 0 && !events.redraw) {
    std::array<char, 64> bytes = {};
    const ssize_t got = read(STDIN_FILENO, bytes.data(), bytes.size());
    events.closed = got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN);
    events.keys = parse_keys({bytes.data(), got < 0 ? 0 : static_cast<std::size_t>(got)});
  }
  events.other = files[2].revents != 0;
  return events;
}

void terminal::take_signals(terminal_events& events) {
  signalfd_siginfo signal = {};
  while (read(signals_.get(), &signal, sizeof(signal)) == static_cast<ssize_t>(sizeof(signal))) {
    const auto number = static_cast<int>(signal.ssi_signo);
    if (number == SIGTSTP) {
      suspend();
    } else if (number == SIGCONT) {
      // Stopped by a signal that cannot be seen: the shell has set the terminal its own way.
      events.closed = !enter() || events.closed;
    } else if (number != SIGWINCH) {
      events.ended_by = number;
    }
    events.redraw = true;
  }
}

void terminal::suspend() {
  leave();
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTSTP);
  raise(SIGTSTP);
  pthread_sigmask(SIG_UNBLOCK, &stop, nullptr);  // it stops here, until SIGCONT
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);
  static_cast<void>(enter());
}

result<void> terminal::draw(const std::vector<std::string>& lines) {
  std::string screen = "\x1b[H";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    screen += (i == 0 ? "" : "\r\n") + lines[i] + "\x1b[K";
  }
  return write_output("", screen + "\x1b[J");
}

}  // namespace track::tools
