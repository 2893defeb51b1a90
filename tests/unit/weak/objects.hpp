// What the tests of weak references refer to.
#pragma once

#include <barrier>
#include <exception>
#include <string>
#include <thread>
#include <vector>

#include <track/hook.hpp>
#include <track/unraisable.hpp>

namespace objects {

struct base {
  base() = default;
  base(const base&) = default;
  base& operator=(const base&) = default;
  virtual ~base() = default;
  int first = 1;
};
struct other_base {
  virtual ~other_base() = default;
  int second = 2;
};
struct derived : other_base, base {
  int third = 3;
};

struct point {
  point() = default;
  point(int a, int b) : x(a), y(b) {}
  int x = 0;
  int y = 0;
  friend bool operator==(const point&, const point&) = default;
};

struct listener {
  int heard = 0;
  void hear(int what) { heard += what; }
  int told() const { return heard; }
  track::hook hook_;
};

// Writes to a log in its destructor.
struct logged {
  explicit logged(std::vector<std::string>* to) : log(to) {}
  std::vector<std::string>* log;
  ~logged() { log->push_back("destructor"); }
};

// What the unraisable hook got while this exists.
class unraisable_log {
 public:
  unraisable_log() : before_(track::set_unraisable_hook(note)) { texts().clear(); }
  ~unraisable_log() { track::set_unraisable_hook(before_); }
  unraisable_log(const unraisable_log&) = delete;
  unraisable_log& operator=(const unraisable_log&) = delete;

  static std::vector<std::string>& texts() {
    static std::vector<std::string> all;
    return all;
  }

 private:
  static void note(std::exception_ptr error, const char* where) noexcept {
    try {
      std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
      texts().push_back(std::string(where) + ": " + thrown.what());
    } catch (...) {
      texts().push_back(std::string(where) + ": ?");
    }
  }

  track::unraisable_hook before_;
};

}  // namespace objects
