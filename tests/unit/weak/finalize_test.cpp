// Finalizers while the program runs: rows F01-F08, F14-F17, F20. Their end: finalize_exit_test.cpp.
#include <functional>
#include <memory>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/allocations.hpp"
#include "tests/unit/weak/objects.hpp"
#include <track/finalize.hpp>
#include <track/make_shared.hpp>

namespace {

using objects::derived;
using objects::point;
using objects::unraisable_log;
using track::finalize;
using track::finalizer;

using log = std::vector<std::string>;

TEST(Finalize, F01_a_call_runs_once_and_gives_the_result) {
  auto object = track::make_shared<point>();
  int runs = 0;
  auto with_result = finalize(
      object, [&](int a, int b) { return ++runs, a * b; }, 6, 7);
  auto without = finalize(object, [&] { ++runs; });
  static_assert(std::is_same_v<decltype(with_result()), std::optional<int>>);
  static_assert(std::is_same_v<decltype(without()), bool>);
  EXPECT_EQ(with_result(), 42);
  EXPECT_EQ(with_result(), std::nullopt);
  EXPECT_TRUE(without());
  EXPECT_FALSE(without());
  object.reset();
  EXPECT_EQ(runs, 2);
}

TEST(Finalize, F02_the_death_runs_it_if_nobody_did) {
  auto object = track::make_shared<point>();
  int runs = 0;
  auto handle = finalize(object, [&] { return ++runs; });
  object.reset();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(handle(), std::nullopt);
  EXPECT_EQ(runs, 1);
}

TEST(Finalize, F03_detach_gives_the_parts_and_ends_it) {
  auto object = track::make_shared<point>(1, 2);
  int runs = 0;
  auto handle = finalize(
      object, [&](int n) { return runs += n; }, 5);
  auto parts = handle.detach();
  ASSERT_TRUE(parts);
  EXPECT_FALSE(handle.alive());
  EXPECT_FALSE(handle.detach());
  EXPECT_EQ(parts->object, object);
  EXPECT_TRUE(parts->ref == track::weak_ref<point>(object));
  object.reset();
  EXPECT_FALSE(parts->ref.expired());  // kept by the parts
  EXPECT_EQ(runs, 0);
  EXPECT_EQ((*parts)(), 5);
  EXPECT_EQ((*parts)(), std::nullopt);
}

TEST(Finalize, F03_parts_that_nobody_calls_are_dropped) {
  auto object = track::make_shared<point>();
  const auto captured = std::make_shared<int>();
  auto handle = finalize(object, [captured] {});
  handle.detach();
  EXPECT_EQ(captured.use_count(), 1);
  finalizer untyped = finalize(object, [captured] {});
  EXPECT_TRUE(untyped.detach());
  EXPECT_EQ(captured.use_count(), 1);
  auto late = finalize(object, [] {});
  object.reset();
  EXPECT_FALSE(late.detach());
}

TEST(Finalize, F04_peek_looks_without_effect) {
  auto object = track::make_shared<point>();
  const auto callable = [](int n) { return n; };
  auto handle = finalize(object, callable, 1);
  const auto seen = handle.peek();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->object, object);
  EXPECT_EQ(*seen->callable, typeid(callable));
  EXPECT_TRUE(handle.alive());
  EXPECT_EQ(handle(), 1);
  EXPECT_FALSE(handle.peek());
}

TEST(Finalize, F05_alive_until_run_detached_or_dead) {
  auto object = track::make_shared<point>();
  auto called = finalize(object, [] {});
  auto detached = finalize(object, [] {});
  const finalizer left = finalize(object, [] {});
  EXPECT_TRUE(called.alive() && detached.alive() && left.alive());
  called();
  detached.detach();
  EXPECT_FALSE(called.alive() || detached.alive());
  object.reset();
  EXPECT_FALSE(left.alive());
  EXPECT_FALSE(finalizer().alive());
  EXPECT_FALSE(finalizer()());
}

TEST(Finalize, F06_it_needs_no_handle) {
  auto object = track::make_shared<point>();
  int runs = 0;
  finalize(object, [&] { ++runs; });
  {
    const auto handle = finalize(object, [&] { ++runs; });
    finalizer copy = handle;
    EXPECT_EQ(copy.id(), handle.id());
    EXPECT_TRUE(copy == static_cast<const finalizer&>(handle));
  }
  object.reset();
  EXPECT_EQ(runs, 2);
}

TEST(Finalize, F07_newest_first_without_the_detached_and_called) {
  auto object = track::make_shared<point>();
  log order;
  const auto note = [&](const char* name) { order.push_back(name); };
  finalize(object, note, "a");
  auto b = finalize(object, note, "b");
  auto c = finalize(object, note, "c");
  finalize(object, note, "d");
  b.detach();
  c();
  object.reset();
  EXPECT_EQ(order, (log{"c", "d", "a"}));
}

TEST(Finalize, F08_closure_and_entry_go_at_once) {
  auto object = track::make_shared<point>();
  finalize(object, [] {}).detach();
  const std::size_t before = allocations::live_bytes();
  const auto captured = std::make_shared<int>();
  const std::size_t with_captured = allocations::live_bytes();
  {
    auto handle = finalize(
        object, [captured](const std::string&) {}, std::string(100, 'x'));
    handle();
    EXPECT_EQ(captured.use_count(), 1);
  }
  EXPECT_EQ(allocations::live_bytes(), with_captured);
  const auto kept = finalize(object, [captured] {});
  finalize(
      object, [captured](const std::string&) {}, std::string(100, 'x'));
  object.reset();
  EXPECT_EQ(captured.use_count(), 1);
  EXPECT_FALSE(kept.alive());
  EXPECT_GT(with_captured, before);
}

TEST(Finalize, F14_an_exception_of_a_call_passes_and_it_stays_dead) {
  const unraisable_log reports;
  auto object = track::make_shared<point>();
  const auto captured = std::make_shared<int>();
  auto typed = finalize(object, [captured]() -> int { throw std::runtime_error("no"); });
  finalizer untyped = finalize(object, [captured] { throw std::logic_error("never"); });
  EXPECT_THROW(typed(), std::runtime_error);
  EXPECT_THROW(untyped(), std::logic_error);
  EXPECT_FALSE(typed.alive());
  EXPECT_EQ(typed(), std::nullopt);
  EXPECT_EQ(captured.use_count(), 1);
  object.reset();
  EXPECT_TRUE(reports.texts().empty());
}

TEST(Finalize, F15_an_exception_at_death_is_reported) {
  const unraisable_log reports;
  auto object = track::make_shared<point>();
  int runs = 0;
  finalize(object, [&] { ++runs; });
  finalize(object, [] { throw std::runtime_error("no"); });
  object.reset();
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(reports.texts(), log{"finalizer: no"});
}

struct recorder {
  std::string text;
  void take(const std::string& a, std::unique_ptr<int> b, int& c) {
    text = a + std::to_string(*b);
    c = 9;
  }
};

TEST(Finalize, F16_arguments_are_copied_moved_or_referred_to) {
  auto object = track::make_shared<point>();
  recorder sink;
  int out = 0;
  std::string text = "copied";
  finalize(object, &recorder::take, &sink, text, std::make_unique<int>(5), std::ref(out));
  text = "changed";
  object.reset();
  EXPECT_EQ(sink.text, "copied5");
  EXPECT_EQ(out, 9);
}

struct throws_when_copied {
  throws_when_copied() = default;
  throws_when_copied(const throws_when_copied&) { throw std::runtime_error("copy"); }
};

TEST(Finalize, F16_an_argument_whose_copy_throws_leaves_no_finalizer) {
  auto object = track::make_shared<point>();
  const throws_when_copied argument;
  int runs = 0;
  EXPECT_THROW(finalize(
                   object, [&](const throws_when_copied&) { ++runs; }, argument),
               std::runtime_error);
  EXPECT_EQ(track::weak_ref_count(object), 0U);
  EXPECT_EQ(object.use_count(), 1);
  object.reset();
  EXPECT_EQ(runs, 0);
}

TEST(Finalize, F17_arguments_that_own_the_object_are_refused) {
  auto object = track::make_shared<derived>();
  const std::shared_ptr<void> alias = object;
  const auto use = [](const auto&) {};
  EXPECT_THROW(finalize(object, use, alias), std::invalid_argument);
  EXPECT_THROW(finalize(object, use, std::shared_ptr<objects::base>(object)),
               std::invalid_argument);
  EXPECT_EQ(track::weak_ref_count(object), 0U);
  EXPECT_TRUE(finalize(object, use, std::shared_ptr<void>(std::make_shared<int>())).detach());
  EXPECT_TRUE(finalize(object, use, track::weak_ref<derived>(object)).detach());
  static_assert(track::detail::owns_object<std::shared_ptr<derived>, derived>);
  const std::weak_ptr<derived> watch = object;
  EXPECT_EQ(object.use_count(), 2);  // alias; the exceptions kept nothing
}

TEST(Finalize, F17_foreign_and_empty_owners_are_refused) {
  EXPECT_THROW(finalize(std::make_shared<point>(), [] {}), track::not_observable);
  EXPECT_THROW(finalize(std::shared_ptr<point>(), [] {}), track::not_observable);
}

TEST(Finalize, F20_printing_works_alive_and_dead) {
  auto object = track::make_shared<point>();
  auto handle = finalize(object, [] {});
  std::ostringstream expected;
  expected << "finalizer(#" << handle.id() << " for " << static_cast<const void*>(object.get());
  std::ostringstream text;
  text << handle << " " << finalizer();
  EXPECT_EQ(text.str(), expected.str() + ") finalizer(empty)");
  object.reset();
  EXPECT_EQ(to_string(handle), expected.str() + ", dead)");
}

TEST(Finalize, F10_atexit_can_be_read_and_set) {
  const auto object = track::make_shared<point>();
  auto handle = finalize(object, [] {});
  EXPECT_TRUE(handle.atexit());
  handle.set_atexit(false);
  EXPECT_FALSE(handle.atexit());
  handle.set_atexit(true);
  handle.detach();
  EXPECT_FALSE(handle.atexit());
  finalizer().set_atexit(true);
}

TEST(Finalize, F12_a_finalizer_may_make_and_end_others) {
  auto object = track::make_shared<point>();
  auto other = track::make_shared<point>();
  log order;
  auto older = finalize(object, [&] { order.push_back("older"); });
  finalize(object, [&] {
    order.push_back("newer");
    older.detach();
    finalize(other, [&] { order.push_back("other"); });
    other.reset();
  });
  object.reset();
  EXPECT_EQ(order, (log{"newer", "other"}));
}

}  // namespace
