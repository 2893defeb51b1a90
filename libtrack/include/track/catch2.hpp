// Catch2, versions 2 and 3: the test case that leaks is the one that fails. Floor 3.
//
// In one source file of the program (with Catch2 2: after CATCH_CONFIG_EXTERNAL_INTERFACES,
// CATCH_CONFIG_MAIN or CATCH_CONFIG_RUNNER is defined, or where no other header includes Catch2):
//   #include <track/catch2.hpp>
//   LIBTRACK_REGISTER_CATCH2_LISTENER()
// Each run of a test case's body, of which there is one for each of its innermost sections, is
// checked by itself; what counts as a leak, and the cost, is as in track/gtest.hpp. Children of
// fork check nothing.
//
// Inside a test case, with or without the listener:
//   CHECK_NO_LEAKS { work(); }
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#if defined(TWOBLUECUBES_SINGLE_INCLUDE_CATCH_HPP_INCLUDED)
#if !defined(CATCH_CONFIG_EXTERNAL_INTERFACES) && !defined(CATCH_CONFIG_MAIN) && \
    !defined(CATCH_CONFIG_RUNNER)
#error "define CATCH_CONFIG_EXTERNAL_INTERFACES before the first include of Catch2"
#endif
#elif !defined(CATCH_CONFIG_EXTERNAL_INTERFACES)
#define CATCH_CONFIG_EXTERNAL_INTERFACES
#endif
#include <catch2/catch.hpp>
#endif

#include <exception>
#include <string>
#include <utility>

#include <track/detail/test_watch.hpp>
#include <track/leak_scope.hpp>

namespace track {
namespace detail {

#if defined(CATCH_VERSION_MAJOR) && CATCH_VERSION_MAJOR >= 3
using catch2_listener = Catch::EventListenerBase;
#else
using catch2_listener = Catch::TestEventListenerBase;
#endif

inline void fail_catch2_test(const Catch::SourceLineInfo& where, const char* what,
                             std::string message) {
  Catch::AssertionHandler handler(Catch::StringRef(what), where, Catch::StringRef(),
                                  Catch::ResultDisposition::ContinueOnFailure);
  handler.handleMessage(Catch::ResultWas::ExplicitFailure, std::move(message));
  handler.complete();
}

class catch2_checked_body {
 public:
  explicit catch2_checked_body(const Catch::SourceLineInfo& where) : where_(where) {}
  catch2_checked_body(const catch2_checked_body&) = delete;
  catch2_checked_body& operator=(const catch2_checked_body&) = delete;
  ~catch2_checked_body() noexcept(false) {
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
      fail_catch2_test(where_, "CHECK_NO_LEAKS", left.text());
    }
  }

  Catch::SourceLineInfo where_;
  int exceptions_ = std::uncaught_exceptions();
  bool entered_ = false;
  leak_scope scope_;
};

}  // namespace detail

class catch2_leak_listener : public detail::catch2_listener {
 public:
  using detail::catch2_listener::catch2_listener;

  void testRunStarting(const Catch::TestRunInfo& run) override {
    detail::catch2_listener::testRunStarting(run);
    watch_.begin_run();
    detail::wipe_stack_below();
  }
  void testRunEnded(const Catch::TestRunStats& run) override {
    watch_.end_run();
    detail::catch2_listener::testRunEnded(run);
  }
  // The outermost section is the test case. A test case that has ended has been counted already;
  // with its section there is still time to fail it.
  void sectionStarting(const Catch::SectionInfo& section) override {
    detail::catch2_listener::sectionStarting(section);
    if (depth_++ == 0) {
      watch_.begin_test(section.name);
      detail::wipe_stack_below();
    }
  }
  void sectionEnded(const Catch::SectionStats& section) override {
    if (--depth_ == 0) {
      detail::wipe_stack_below();
      end(section.sectionInfo.lineInfo);
      detail::wipe_stack_below();
    }
    detail::catch2_listener::sectionEnded(section);
  }

 private:
  [[gnu::noinline]] void end(const Catch::SourceLineInfo& where) {
    std::string what = watch_.end_test();
    if (what.empty()) {
      return;
    }
    try {
      detail::fail_catch2_test(where, "LEAKS", std::move(what));
    } catch (...) {  // thrown to leave the test under --abort; it has ended
    }
  }

  int depth_ = 0;
  detail::test_watch watch_;
};

}  // namespace track

// Catch2 wants a name without qualification.
#define LIBTRACK_REGISTER_CATCH2_LISTENER()     \
  namespace track {                             \
  CATCH_REGISTER_LISTENER(catch2_leak_listener) \
  }

#define CHECK_NO_LEAKS                                                        \
  for (::track::detail::catch2_checked_body LIBTRACK_AT_LINE(libtrack_body_)( \
           CATCH_INTERNAL_LINEINFO);                                          \
       LIBTRACK_AT_LINE(libtrack_body_).enter();)
