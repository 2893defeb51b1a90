#include "libtrack/model/stack.hpp"

#include <gtest/gtest.h>

namespace track::model {
namespace {

frame called(const std::string& function) {
  frame one;
  one.function = function;
  return one;
}

std::string functions_of(const stack& frames) {
  std::string names;
  for (const frame& each : frames) {
    names += each.function + " ";
  }
  return names;
}

TEST(stack, copies_share_frames_until_one_is_edited) {
  const stack first = {called("f"), called("main")};
  stack second = first;
  EXPECT_EQ(&second[1], &first[1]);
  second.edit(1).function = "start";
  EXPECT_EQ(functions_of(first), "f main ");
  EXPECT_EQ(functions_of(second), "f start ");
  EXPECT_EQ(&second[0], &first[0]);
}

TEST(stack, frames_of_one_stack_that_are_the_same_are_edited_one_by_one) {
  stack frames(3, called("f"));
  frames.edit(1).function = "g";
  frames.resize(4);
  frames.edit(3).function = "main";
  EXPECT_EQ(functions_of(frames), "f g f main ");
}

TEST(stack, a_frame_outlives_the_stack_it_was_in) {
  shared_frame kept;
  {
    const stack frames = {called("f")};
    kept = frames.shared()[0];
  }
  EXPECT_EQ(kept->function, "f");
}

TEST(stack, what_is_left_out_is_left_out_of_the_copy_only) {
  const stack all = {called("f"), called("g"), called("main")};
  const stack some = all.only([](const frame& each) { return each.function != "g"; });
  EXPECT_EQ(functions_of(some), "f main ");
  EXPECT_EQ(functions_of(all), "f g main ");
  EXPECT_EQ(all.rbegin()->function, "main");
  EXPECT_TRUE(stack().only([](const frame&) { return true; }).empty());
}

}  // namespace
}  // namespace track::model
