// weak_method: rows M01-M08, C05.
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>

#include <gtest/gtest.h>

#include "tests/unit/weak/objects.hpp"
#include <track/make_shared.hpp>
#include <track/weak_method.hpp>

namespace {

using objects::listener;
using track::weak_method;

struct counter {
  int count = 0;
  int add(int n) { return count += n; }
  void clear() noexcept { count = 0; }
  int value() const& { return count; }
  int& reference() { return count; }
  std::unique_ptr<int> boxed(std::unique_ptr<int> in) {
    *in += count;
    return in;
  }
};
struct special_counter : counter {};

TEST(WeakMethod, M01_alive_it_calls) {
  const auto object = track::make_shared<counter>();
  const weak_method add(object, &counter::add);
  const weak_method clear(object, &counter::clear);
  const weak_method value(object, &counter::value);
  static_assert(std::is_same_v<decltype(add(1)), std::optional<int>>);
  static_assert(std::is_same_v<decltype(clear()), bool>);
  EXPECT_EQ(add(2), 2);
  EXPECT_EQ(add(3), 5);
  EXPECT_EQ(value(), 5);
  EXPECT_TRUE(clear());
  EXPECT_EQ(object->count, 0);
  EXPECT_EQ(add.lock(), object);
  EXPECT_TRUE(add.alive());
}

TEST(WeakMethod, M01_results_come_by_value_arguments_are_forwarded) {
  const auto object = track::make_shared<counter>(counter{7});
  const weak_method reference(object, &counter::reference);
  static_assert(std::is_same_v<decltype(reference()), std::optional<int>>);
  EXPECT_EQ(reference(), 7);
  const weak_method boxed(object, &counter::boxed);
  EXPECT_EQ(**boxed(std::make_unique<int>(1)), 8);
}

TEST(WeakMethod, M01_inherited_functions_and_const_objects) {
  const auto object = track::make_shared<special_counter>();
  const weak_method add(object, &special_counter::add);
  EXPECT_EQ(add(4), 4);
  const std::shared_ptr<const special_counter> constant = object;
  const weak_method value(constant, &counter::value);
  EXPECT_EQ(value(), 4);
}

TEST(WeakMethod, M02_dead_it_gives_nothing) {
  auto object = track::make_shared<counter>();
  const weak_method add(object, &counter::add);
  const weak_method clear(object, &counter::clear);
  object.reset();
  EXPECT_EQ(add(1), std::nullopt);
  EXPECT_FALSE(clear());
  EXPECT_EQ(add.lock(), nullptr);
  EXPECT_FALSE(add.alive());
}

TEST(WeakMethod, M04_the_callback_runs_once) {
  auto object = track::make_shared<counter>();
  int deaths = 0;
  const weak_method add(object, &counter::add, [&](const track::dead_ref&) { ++deaths; });
  const auto copy = add;
  object.reset();
  EXPECT_EQ(deaths, 1);
}

TEST(WeakMethod, M05_an_object_that_holds_its_own_method_is_freed_at_once) {
  struct self_calling {
    int called = 0;
    void call() { ++called; }
    std::optional<weak_method<void (self_calling::*)()>> own;
  };
  auto object = track::make_shared<self_calling>();
  object->own.emplace(object, &self_calling::call);
  EXPECT_TRUE((*object->own)());
  const std::weak_ptr<self_calling> watch(object);
  EXPECT_EQ(object.use_count(), 1);
  object.reset();
  EXPECT_TRUE(watch.expired());
}

struct two {
  int one() { return 1; }
  int other() { return 2; }
};

TEST(WeakMethod, M06_equal_is_same_object_and_same_function) {
  auto object = track::make_shared<two>();
  const auto another = track::make_shared<two>();
  const weak_method a(object, &two::one);
  const weak_method b(object, &two::one);
  const weak_method c(object, &two::other);
  const weak_method d(another, &two::one);
  for (const bool alive : {true, false}) {
    EXPECT_TRUE(a == b) << alive;
    EXPECT_FALSE(a == c) << alive;
    EXPECT_FALSE(a == d) << alive;
    object.reset();
  }
}

TEST(WeakMethod, M07_the_hash_is_the_objects_and_stays) {
  auto object = track::make_shared<two>();
  const weak_method a(object, &two::one);
  const weak_method c(object, &two::other);
  const std::hash<std::remove_const_t<decltype(a)>> hash;
  const std::size_t alive = hash(a);
  EXPECT_EQ(hash(c), alive);
  object.reset();
  EXPECT_EQ(hash(a), alive);
}

TEST(WeakMethod, C05_it_takes_every_owner) {
  auto value = std::make_unique<track::tracked<counter>>();
  auto member = std::make_unique<listener>();
  int deaths = 0;
  const weak_method add(*value, &counter::add, [&](const track::dead_ref&) { ++deaths; });
  const weak_method hear(*member, &listener::hear);
  const weak_method told(std::as_const(*member), &listener::told);
  const weak_method value_of(std::as_const(*value), &counter::value);
  EXPECT_EQ(add(3), 3);
  EXPECT_EQ(value_of(), 3);
  EXPECT_TRUE(hear(5));
  EXPECT_EQ(told(), 5);
  EXPECT_EQ(add.lock(), nullptr);  // no lock() of a hooked object
  value.reset();
  member.reset();
  EXPECT_EQ(add(1), std::nullopt);
  EXPECT_FALSE(hear(1));
  EXPECT_EQ(told(), std::nullopt);
  EXPECT_EQ(deaths, 1);
}

}  // namespace
