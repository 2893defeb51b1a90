// What the listeners of the test frameworks share: which window of time a leak falls into, and what
// is to be said of it. Floor 3; knows no framework.
//
// The listener calls in order: begin_run, then windows within windows (environment, suite, test),
// each ended by a call that returns what leaked in it and in none inside it; empty: nothing. In a
// child of fork (of a death test, say) every call does nothing.
// What a test left on the stack is no pointer that somebody holds: where a listener is called after
// a test it calls wipe_stack_below() at once, and what needs a large frame from there.
// threads: the one that runs the tests.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <track/detail/api.hpp>
#include <track/leak_scope.hpp>

namespace track::detail {

class LIBTRACK_API test_watch {
 public:
  test_watch();
  test_watch(const test_watch&) = delete;
  test_watch& operator=(const test_watch&) = delete;
  ~test_watch();

  // rounds: all tests are to run so often; what leaks in each round counts, and is told in the
  // last. 1: every leak counts.
  void begin_run(unsigned rounds = 1);
  // Says on stderr what could not be checked.
  void end_run() noexcept;
  void begin_round(unsigned number);  // from 0

  void begin_environment();
  void environment_is_set_up();
  std::string end_environment();

  void begin_suite(std::string_view name);
  std::string end_suite();

  void begin_test(std::string_view name);
  std::string end_test();

 private:
  struct window;
  std::unique_ptr<window> opened(std::string_view name, scope_start how);
  std::string told(std::unique_ptr<window> which, const char* what);

  unsigned rounds_ = 1;
  unsigned round_ = 0;
  bool was_judged_ = false;
  bool suite_is_new_ = false;
  std::size_t unjudged_ = 0;
  std::size_t skewed_ = 0;
  std::unique_ptr<window> environment_;
  std::unique_ptr<window> suite_;
  std::unique_ptr<window> test_;
  std::map<std::string, leak_rounds> seen_;
};

LIBTRACK_API void wipe_stack_below() noexcept;
// Takes the small blocks that are free now, for ever, up to 4 MiB in all: words that are left over
// from when they were used hide nothing of what comes. The thread that runs the tests.
void hold_free_blocks() noexcept;
// The small blocks that malloc hands out next are zero, so that what the framework keeps of a
// failed test holds no pointer by chance.
void wipe_free_blocks() noexcept;

// Blocks that were lost when every scope in which they were made had ended: something pointed to
// them for longer. Told once.
leak_report late_leaks();

// The number that an environment variable says; 1 where it says none.
LIBTRACK_API unsigned rounds_of_environment(const char* variable) noexcept;

}  // namespace track::detail

// A name of its own for each line, so that checks within checks hide nothing.
#define LIBTRACK_JOINED(name, line) name##line
#define LIBTRACK_OF_LINE(name, line) LIBTRACK_JOINED(name, line)
#define LIBTRACK_AT_LINE(name) LIBTRACK_OF_LINE(name, __LINE__)
