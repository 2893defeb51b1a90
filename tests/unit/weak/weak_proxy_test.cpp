// weak_proxy: rows P01-P16 (those of compile time in static_checks_test.cpp), C05.
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/unit/weak/objects.hpp"
#include <track/make_shared.hpp>
#include <track/weak_proxy.hpp>

namespace {

using objects::listener;
using objects::point;
using track::reference_error;
using track::weak_proxy;

TEST(WeakProxy, P01_members_are_read_and_written_through_it) {
  const auto object = track::make_shared<point>(1, 2);
  const weak_proxy proxy(object);
  EXPECT_EQ(proxy->x, 1);
  proxy->y = 7;
  EXPECT_EQ(object->y, 7);
  EXPECT_EQ(object.use_count(), 1);
  const weak_proxy<const point> constant(object);
  EXPECT_EQ(constant->y, 7);
}

TEST(WeakProxy, P02_a_dead_object_throws) {
  auto object = track::make_shared<point>();
  const weak_proxy proxy(object);
  EXPECT_TRUE(proxy.alive());
  object.reset();
  EXPECT_FALSE(proxy.alive());
  EXPECT_THROW(static_cast<void>(proxy->x), reference_error);
  EXPECT_THROW(proxy.with([](point&) {}), reference_error);
  try {
    static_cast<void>(proxy->x);
  } catch (const reference_error& error) {
    EXPECT_NE(std::string(error.what()).find("objects::point"), std::string::npos);
  }
}

TEST(WeakProxy, P03_it_takes_a_callback) {
  auto object = track::make_shared<point>();
  int deaths = 0;
  const weak_proxy proxy(object, [&](const track::dead_ref&) { ++deaths; });
  object.reset();
  EXPECT_EQ(deaths, 1);
  EXPECT_THROW(weak_proxy(std::make_shared<point>(), [](const track::dead_ref&) {}),
               track::not_observable);
}

TEST(WeakProxy, P04_printing_works_when_dead) {
  auto object = track::make_shared<point>();
  const weak_proxy proxy(object);
  std::ostringstream alive;
  alive << proxy;
  EXPECT_EQ(alive.str().rfind("weak_proxy<objects::point>(0x", 0), 0U);
  object.reset();
  EXPECT_EQ(to_string(proxy), alive.str().substr(0, alive.str().size() - 1) + ", dead)");
}

TEST(WeakProxy, P05_alive_says_what_bool_would) {
  auto object = track::make_shared<bool>(false);
  const weak_proxy proxy(object);
  EXPECT_TRUE(proxy.alive());
  EXPECT_FALSE(proxy.with([](bool value) { return value; }));
}

struct adder {
  int base = 10;
  int operator()(int a, int b) { return base += a + b; }
};

TEST(WeakProxy, P06_a_call_is_forwarded) {
  auto object = track::make_shared<adder>();
  const weak_proxy proxy(object);
  EXPECT_EQ(proxy(1, 2), 13);
  EXPECT_EQ(proxy(1, 2), 16);
  object.reset();
  EXPECT_THROW(proxy(1, 2), reference_error);
}

TEST(WeakProxy, P07_subscripts_and_the_rest_through_the_arrow) {
  const auto object = track::make_shared<std::map<std::string, int>>();
  const weak_proxy proxy(object);
  proxy["one"] = 1;
  EXPECT_EQ(proxy["one"], 1);
  EXPECT_EQ(proxy->size(), 1U);
  EXPECT_TRUE(proxy->contains("one"));
  EXPECT_EQ(proxy->erase("one"), 1U);
  EXPECT_TRUE(object->empty());
}

TEST(WeakProxy, P08_P10_operators_and_text_by_with) {
  const auto number = track::make_shared<int>(6);
  const weak_proxy proxy(number);
  EXPECT_EQ(proxy.with([](int& n) { return n * 7; }), 42);
  proxy.with([](int& n) { n /= 2; });
  EXPECT_EQ(*number, 3);
  const std::vector<int> index{10, 11, 12, 13};
  EXPECT_EQ(proxy.with([&](int n) { return index[static_cast<std::size_t>(n)]; }), 13);
  EXPECT_EQ(proxy.with([](int n) { return std::to_string(n); }), "3");
}

struct suicidal {
  std::shared_ptr<suicidal>* last;
  int value = 5;
  int drop() {
    last->reset();
    return value;
  }
};

TEST(WeakProxy, P11_the_object_stays_to_the_end_of_the_expression) {
  std::shared_ptr<suicidal> last;
  last = track::adopt(std::unique_ptr<suicidal>(new suicidal{&last}));
  const weak_proxy proxy(last);
  EXPECT_EQ(proxy->drop(), 5);
  EXPECT_FALSE(proxy.alive());
}

TEST(WeakProxy, P15_equality_compares_the_objects) {
  const auto one = track::make_shared<point>(1, 2);
  auto twin = track::make_shared<point>(1, 2);
  const weak_proxy a(one);
  const weak_proxy b(twin);
  EXPECT_TRUE(a == b);
  EXPECT_TRUE(a == (point{1, 2}));
  EXPECT_TRUE((point{3, 2}) != a);
  twin->x = 9;
  EXPECT_FALSE(a == b);
  twin.reset();
  EXPECT_THROW(static_cast<void>(a == b), reference_error);
}

TEST(WeakProxy, C05_it_takes_every_owner) {
  int deaths = 0;
  const auto count = [&](const track::dead_ref&) { ++deaths; };
  auto value = std::make_unique<track::tracked<point>>(std::in_place, 4, 5);
  auto member = std::make_unique<listener>();
  const weak_proxy of_value(*value, count);
  const weak_proxy of_member(*member, count);
  const weak_proxy said(track::hooked(*member, member->hook_));
  const weak_proxy constant(std::as_const(*value));
  EXPECT_EQ(of_value->x, 4);
  EXPECT_EQ(constant->y, 5);
  of_member->hear(3);
  EXPECT_EQ(said->told(), 3);
  EXPECT_EQ(of_value.with([](point& p) { return p.x + p.y; }), 9);
  value.reset();
  member.reset();
  EXPECT_EQ(deaths, 2);
  EXPECT_THROW(static_cast<void>(of_value->x), reference_error);
  EXPECT_THROW(of_member->hear(1), reference_error);
  EXPECT_FALSE(said.alive());
}

}  // namespace
