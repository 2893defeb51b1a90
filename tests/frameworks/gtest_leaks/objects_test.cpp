#include <thread>

#include <gtest/gtest.h>

#include "tests/frameworks/lose.hpp"

using namespace frameworks;
#include <track/weak_ref.hpp>

TEST(Objects, leaks_an_object_that_is_watched) {
  keep_session();
}
TEST(Objects, leaks_an_object_that_is_counted) {
  keep_ticket();
}
TEST(Objects, leaks_an_object_of_a_container) {
  keep_numbers();
}
TEST(Objects, leaks_an_object_of_a_thread) {
  std::thread([] { keep_ticket(); }).join();
}

TEST(Objects, watched_one_dies) {
  const auto one = track::make_shared<session>();
  EXPECT_TRUE(track::watch(one, "dies").recorded());
}
TEST(Objects, counted_one_dies) {
  const ticket one;
  EXPECT_EQ(one.number, 0);
}
TEST(Objects, container_is_emptied) {
  tracked_numbers numbers(100, 1);
  numbers = tracked_numbers(1000, 2);
}
TEST(Objects, dies_on_another_thread) {
  auto one = track::make_shared<session>();
  track::watch(one, "moved");
  std::thread([moved = std::move(one)] {}).join();
}
TEST(Objects, weak_reference_remains) {
  track::weak_ref<session> remains;
  {
    const auto one = track::make_shared<session>();
    track::watch(one, "referred to");
    remains = track::weak_ref<session>(one);
  }
  EXPECT_TRUE(remains.expired());
}
TEST(Objects, record_remains_of_a_dead_one) {
  auto one = track::make_shared<session>();
  track::watch_handle record = track::watch(one, "dead");
  record.detach();
  one.reset();
  EXPECT_TRUE(record.forget());
}
TEST(Objects, test_is_known) {
  const ticket one;
  EXPECT_EQ(track::survivors({.test = "Objects.test_is_known"}).size(), 1u);
}
TEST(Objects, many_die) {
  std::vector<std::shared_ptr<session>> many;
  for (int i = 0; i < 1000; ++i) {
    many.push_back(track::make_shared<session>());
    track::watch(many.back(), "many");
  }
}
