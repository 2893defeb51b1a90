#include "reports/format.hpp"

#include <gtest/gtest.h>

namespace track::reports {
namespace {

TEST(format, counts_have_commas) {
  EXPECT_EQ(count_text(std::uint64_t{0}), "0");
  EXPECT_EQ(count_text(std::uint64_t{999}), "999");
  EXPECT_EQ(count_text(std::uint64_t{1234567}), "1,234,567");
  EXPECT_EQ(count_text(UINT64_MAX), "18,446,744,073,709,551,615");
  EXPECT_EQ(count_text(INT64_MIN), "-9,223,372,036,854,775,808");
}

TEST(format, nouns_follow_their_count) {
  EXPECT_EQ(plural(1, "block"), "1 block");
  EXPECT_EQ(plural(2, "block"), "2 blocks");
}

TEST(format, frame_without_names_is_module_and_offset) {
  model::frame frame;
  frame.module = "app";
  frame.offset = 0x1234;
  EXPECT_EQ(frame_name(frame), "app+0x1234");
  EXPECT_EQ(frame_place(frame), "app+0x1234");
  frame.function = "f()";
  frame.file = "a.cpp";
  frame.line = 4;
  EXPECT_EQ(frame_name(frame), "f()");
  EXPECT_EQ(frame_place(frame), "a.cpp:4");
}

TEST(format, names_drive_no_terminal) {
  model::frame frame;
  frame.function = "evil\033[2J\n";
  EXPECT_EQ(frame_name(frame).find('\033'), std::string::npos);
  EXPECT_EQ(frame_name(frame).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace track::reports
