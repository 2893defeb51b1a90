// GoogleTest: the test that leaks is the test that fails. Floor 3.
//
// Link libtrack::gtest_main in place of gtest_main, or call track::install_leak_listener() in main.
// A test fails when tracked objects (registry.hpp) that were made in it are alive after it; under
// `track run` also when heap blocks or reference cycles are lost in it that were not lost before.
// A fixture's constructor, SetUp, TearDown and destructor belong to the test. What SetUpTestSuite
// and TearDownTestSuite leave fails the suite, as an assertion in them would: GoogleTest lists
// "SUITE: SetUpTestSuite or TearDownTestSuite" and the program's status is 1, while reports in XML
// or JSON of GoogleTest 1.12 have no place for it. What environments leave fails the program.
// Children of fork, those of death tests too, check nothing.
//
// A still reaches no further than what it sees: blocks are called lost when nothing points to them
// any more, whoever made them. Threads asleep in a system call may hide what they hold, so that no
// block is called lost while there are some; this is said once, on stderr.
//
// LIBTRACK_GTEST_REPEAT=N runs all tests N times, as --gtest_repeat does, and only what leaks in
// each of the N counts; it is told in the last round. What is built once and kept drops out.
//
// Inside a test, with or without the listener:
//   EXPECT_NO_LEAKS { work(); }
//   EXPECT_NO_GROWTH(5) { work(); }  // up to 5 times; fails for what leaks in every one, and, with
//                                    // the preload, where the heap grows in every one
// A body may leave by return, break or an exception; by the latter it is not checked.
#pragma once

#include <exception>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <track/detail/test_watch.hpp>
#include <track/leak_scope.hpp>

namespace track {

// Owned by GoogleTest once it is among its listeners. It belongs at their end, so that the others
// hear of a failure before they hear that the test has ended.
class leak_listener : public testing::EmptyTestEventListener {
 public:
  void OnTestProgramStart(const testing::UnitTest&) override {
    const unsigned rounds = detail::rounds_of_environment("LIBTRACK_GTEST_REPEAT");
    if (rounds > 1) {
#ifdef GTEST_FLAG_SET
      GTEST_FLAG_SET(repeat, static_cast<int>(rounds));
#else
      testing::GTEST_FLAG(repeat) = static_cast<int>(rounds);
#endif
    }
    watch_.begin_run(rounds);
    detail::wipe_stack_below();
  }
  void OnTestIterationStart(const testing::UnitTest&, int iteration) override {
    watch_.begin_round(static_cast<unsigned>(iteration));
    detail::wipe_stack_below();
  }
  void OnEnvironmentsSetUpStart(const testing::UnitTest&) override {
    watch_.begin_environment();
  }
  void OnEnvironmentsSetUpEnd(const testing::UnitTest&) override {
    watch_.environment_is_set_up();
  }
  void OnTestSuiteStart(const testing::TestSuite& suite) override {
    watch_.begin_suite(suite.name());
    detail::wipe_stack_below();
  }
  void OnTestStart(const testing::TestInfo& test) override {
    watch_.begin_test(std::string(test.test_suite_name()) + "." + test.name());
    detail::wipe_stack_below();
  }
  void OnTestEnd(const testing::TestInfo& test) override {
    detail::wipe_stack_below();
    end(test);
    detail::wipe_stack_below();
  }
  void OnTestSuiteEnd(const testing::TestSuite& suite) override {
    detail::wipe_stack_below();
    end(suite);
    detail::wipe_stack_below();
  }
  void OnEnvironmentsTearDownEnd(const testing::UnitTest&) override {
    detail::wipe_stack_below();
    end();
  }
  void OnTestProgramEnd(const testing::UnitTest&) override {
    watch_.end_run();
  }

 private:
  [[gnu::noinline]] void end(const testing::TestInfo& test) {
    fail(watch_.end_test(), test.file(), test.line());
  }
  [[gnu::noinline]] void end(const testing::TestSuite& suite) {
    const testing::TestInfo* const first = suite.GetTestInfo(0);
    fail(watch_.end_suite(), first == nullptr ? nullptr : first->file(),
         first == nullptr ? -1 : first->line());
  }
  [[gnu::noinline]] void end() {
    fail(watch_.end_environment(), nullptr, -1);
  }

  static void fail(const std::string& what, const char* file, int line) {
    if (!what.empty()) {
      ADD_FAILURE_AT(file, line) << what;
    }
  }

  detail::test_watch watch_;
};

// To be called once, from the thread that runs the tests, before RUN_ALL_TESTS(); later calls do
// nothing.
inline void install_leak_listener() {
  static const bool installed = [] {
    testing::UnitTest::GetInstance()->listeners().Append(new leak_listener);
    return true;
  }();
  static_cast<void>(installed);
}

namespace detail {

// A loop of one round: its body is what a scope checks, also when it leaves by return or break.
class checked_body {
 public:
  checked_body(const char* file, int line) : file_(file), line_(line) {}
  checked_body(const checked_body&) = delete;
  checked_body& operator=(const checked_body&) = delete;
  ~checked_body() noexcept(false) {
    if (std::uncaught_exceptions() == exceptions_) {
      wipe_stack_below();
      check();
    }
  }

  bool enter() noexcept { return !entered_ && (entered_ = true); }

 private:
  [[gnu::noinline]] void check() {
    const leak_report left = scope_.check();
    if (!left.empty()) {
      ADD_FAILURE_AT(file_, line_) << "Expected: no leaks\n  Actual: " << left.text();
    }
  }

  const char* file_;
  int line_;
  int exceptions_ = std::uncaught_exceptions();
  bool entered_ = false;
  leak_scope scope_;
};

class checked_rounds {
 public:
  checked_rounds(unsigned rounds, const char* file, int line)
      : wanted_(rounds), file_(file), line_(line) {}

  bool enter() {
    wipe_stack_below();
    return next();
  }

 private:
  [[gnu::noinline]] bool next() {
    if (scope_ != nullptr) {
      seen_.add(scope_->check());
      scope_.reset();
    }
    if (seen_.rounds() < wanted_ && !seen_.stable()) {
      scope_ = std::make_unique<leak_scope>();
      return true;
    }
    if (!seen_.grown().empty()) {
      ADD_FAILURE_AT(file_, line_) << "Expected: nothing leaks in each of " << seen_.rounds()
                                   << " rounds\n  Actual: " << seen_.grown().text();
    }
    return false;
  }

  unsigned wanted_;
  const char* file_;
  int line_;
  leak_rounds seen_;
  std::unique_ptr<leak_scope> scope_;
};

}  // namespace detail
}  // namespace track

#define EXPECT_NO_LEAKS                                                                    \
  for (::track::detail::checked_body LIBTRACK_AT_LINE(libtrack_body_)(__FILE__, __LINE__); \
       LIBTRACK_AT_LINE(libtrack_body_).enter();)

#define EXPECT_NO_GROWTH(rounds)                                                            \
  for (::track::detail::checked_rounds LIBTRACK_AT_LINE(libtrack_rounds_)(rounds, __FILE__, \
                                                                          __LINE__);        \
       LIBTRACK_AT_LINE(libtrack_rounds_).enter();)
