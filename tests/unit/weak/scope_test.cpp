#include <string>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>

#include <track/make_shared.hpp>
#include <track/registry.hpp>
#include <track/scope.hpp>

namespace {

std::string_view tag_of_a_new_record() {
  const std::uint64_t begin = track::mark();
  const auto object = track::make_shared<int>(1);
  track::watch(object);
  const auto all = track::survivors({.since = begin});
  return all.size() == 1 ? all[0].tag : "not one record";
}

TEST(Scope, innermost_names_the_tag_and_the_outer_comes_back) {
  EXPECT_EQ(tag_of_a_new_record(), "");
  {
    const track::scope outer{"import"};
    EXPECT_EQ(tag_of_a_new_record(), "import");
    {
      const track::scope inner{"parse"};
      EXPECT_EQ(tag_of_a_new_record(), "parse");
      const track::scope none{""};
      EXPECT_EQ(tag_of_a_new_record(), "");
    }
    EXPECT_EQ(tag_of_a_new_record(), "import");
  }
  EXPECT_EQ(tag_of_a_new_record(), "");
}

TEST(Scope, belongs_to_its_thread) {
  const track::scope here{"here"};
  std::string_view there = "not run";
  std::thread([&] { there = tag_of_a_new_record(); }).join();
  EXPECT_EQ(there, "");
  EXPECT_EQ(tag_of_a_new_record(), "here");
}

TEST(Scope, comes_back_when_an_exception_leaves_it) {
  const track::scope outer{"outer"};
  try {
    const track::scope inner{"inner"};
    throw 1;
  } catch (int) {
  }
  EXPECT_EQ(tag_of_a_new_record(), "outer");
}

TEST(Scope, entered_while_tracking_is_off_has_no_effect) {
  track::set_tracking(false);
  const track::scope off{"off"};
  track::set_tracking(true);
  EXPECT_EQ(tag_of_a_new_record(), "");
}

TEST(Scope, text_may_go_before_the_records) {
  const std::uint64_t begin = track::mark();
  const auto object = track::make_shared<int>(1);
  {
    std::string text = "made at run time " + std::to_string(begin);
    const track::scope tag{text};
    track::watch(object);
    text.assign(text.size(), '?');
  }
  EXPECT_EQ(track::survivors({.since = begin}).at(0).tag,
            "made at run time " + std::to_string(begin));
}

}  // namespace
