// A terminal that one command has for itself: another screen, keys without echo. Floor 6.
//
// Whatever way the command ends or is suspended, the terminal is as it was before: signals that
// would end it are told as events, the caller ends (end_by_signal). One object a program; the
// thread that opens it must be the only one, threads that it starts later leave the signals to it.
#pragma once

#include <signal.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <termios.h>

#include "libtrack/support/files.hpp"
#include "libtrack/support/result.hpp"

namespace track::tools {

// stdin and stdout are terminals that can be drawn on.
bool is_terminal();

// Keys that bytes from a terminal stand for: characters as they are, arrows as below; other
// sequences are left out.
inline constexpr char key_up = '\x01';
inline constexpr char key_down = '\x02';
std::string parse_keys(std::string_view bytes);

struct terminal_events {
  std::string keys;
  bool redraw = false;  // another size, or back from a suspension
  bool other = false;   // the other descriptor is readable
  bool closed = false;  // nobody is there any more
  int ended_by = 0;     // SIGINT, SIGTERM, SIGHUP
};

struct screen_size {
  std::size_t columns = 80;
  std::size_t lines = 24;
};

class terminal {
 public:
  // errors: output, the terminal refuses.
  static result<std::unique_ptr<terminal>> open();
  terminal(const terminal&) = delete;
  terminal& operator=(const terminal&) = delete;
  ~terminal();

  screen_size size() const;

  // Waits for keys, signals, `other` (-1: none) or the time. Suspends the program when asked to.
  terminal_events wait(int other, int timeout_ms);

  // Replaces what is on the screen.
  result<void> draw(const std::vector<std::string>& lines);

  // The screen and the settings are those from before. Signals stay with this object.
  void leave();

 private:
  terminal() = default;
  result<void> enter();
  void take_signals(terminal_events& events);
  void suspend();

  termios before_ = {};
  sigset_t signals_before_ = {};
  file_descriptor signals_;
  bool entered_ = false;
};

}  // namespace track::tools
