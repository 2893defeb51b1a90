#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>

#include <track/detail/test_watch.hpp>
#include <track/registry.hpp>

namespace track::detail {

struct test_watch::window {
  std::string name;
  leak_scope scope;

  // Zeros, so that what the string does not use of itself holds no pointer by chance.
  static void* operator new(std::size_t bytes) {
    void* const memory = std::calloc(1, bytes);
    return memory == nullptr ? throw std::bad_alloc() : memory;
  }
  static void operator delete(void* memory) noexcept { std::free(memory); }

  window(std::string_view of, scope_start how) : name(of), scope(how, scope_late::nobody) {}
};

test_watch::test_watch() = default;
test_watch::~test_watch() = default;

std::unique_ptr<test_watch::window> test_watch::opened(std::string_view name, scope_start how) {
  return std::make_unique<window>(name, how);
}

std::string test_watch::told(std::unique_ptr<window> which, const char* what) {
  if (which == nullptr) {
    return {};
  }
  leak_report report = which->scope.check();
  unjudged_ += was_judged_ && !report.judged ? 1 : 0;
  skewed_ += report.skewed ? 1 : 0;
  if (rounds_ > 1) {
    // The framework keeps what it notes of a test until the next round.
    report.growth_blocks = report.growth_bytes = 0;
    leak_rounds& seen = seen_[what + which->name];
    seen.add(report);
    report = round_ + 1 < rounds_ ? leak_report{} : seen.grown();
  }
  if (report.empty()) {
    return {};
  }
  std::string text = which->name + " leaks";
  if (*what != '\0') {
    text.append(" in ").append(what);
  }
  if (rounds_ > 1) {
    text += ", in each of " + std::to_string(rounds_) + " rounds";
  }
  text += ": " + report.text();
  wipe_free_blocks();
  return text;
}

void test_watch::begin_run(unsigned rounds) {
  rounds_ = rounds;
  // Tests make few objects, and want to know of each who made it.
  set_stack_sampling(1);
  leak_scope nothing_yet(scope_start::keep);
  was_judged_ = nothing_yet.check().judged;
}

void test_watch::end_run() noexcept {
  const auto say = [](std::size_t count, const char* what) {
    if (count != 0) {
      std::fprintf(stderr, "libtrack: in %zu %s %s\n", count,
                   count == 1 ? "test or suite" : "tests and suites", what);
    }
  };
  say(unjudged_,
      "heap blocks were not checked for leaks: no still could be taken, or it was not judged in "
      "time");
  try {
    const leak_report late = late_leaks();
    if (!late.groups.empty()) {
      std::fprintf(stderr,
                   "libtrack: lost, but only after the tests that made it, so that none of them "
                   "fails: %s",
                   late.text().c_str());
    }
  } catch (...) {  // no memory to tell
  }
  say(skewed_, "no block was called lost: threads were asleep that a still does not see whole");
}

void test_watch::begin_round(unsigned number) {
  round_ = number;
}

void test_watch::begin_environment() {
  environment_ = opened("the test program", scope_start::keep);
}

void test_watch::environment_is_set_up() {
  const leak_scope settled;
}

std::string test_watch::end_environment() {
  return told(std::move(environment_), "its environments");
}

void test_watch::begin_suite(std::string_view name) {
  suite_ = opened(name, scope_start::keep);
  suite_is_new_ = true;
}

std::string test_watch::end_suite() {
  return told(std::move(suite_), "what it sets up or tears down");
}

void test_watch::begin_test(std::string_view name) {
  // What setting up the suite lost is not the first test's.
  test_ = opened(name, suite_is_new_ ? scope_start::judge : scope_start::keep);
  suite_is_new_ = false;
  set_test(name);
  hold_free_blocks();
}

std::string test_watch::end_test() {
  std::string text = told(std::move(test_), "");
  set_test({});
  return text;
}

unsigned rounds_of_environment(const char* variable) noexcept {
  const char* const value = std::getenv(variable);
  unsigned rounds = 1;
  if (value != nullptr) {
    std::from_chars(value, value + std::strlen(value), rounds);
  }
  return rounds == 0 ? 1 : rounds;
}

}  // namespace track::detail
