#include "libtrack/runtime/text.hpp"

#include <string>

#include <gtest/gtest.h>

namespace track::runtime {
namespace {

bool matches(const std::string& pattern, const char* text) {
  return matches_glob(pattern.c_str(), pattern.c_str() + pattern.size(), text);
}

TEST(text_buffer, joins_text_and_numbers) {
  char place[32];
  text_buffer text(place, sizeof place);
  text.add("/proc/").add_number(0).add("/fd/").add_number(18446744073709551615u);
  EXPECT_STREQ(place, "/proc/0/fd/18446744073709551615");
  EXPECT_TRUE(text.fits());
}

TEST(text_buffer, cuts_what_does_not_fit_and_says_so) {
  char place[4];
  text_buffer text(place, sizeof place);
  text.add("abcdef");
  EXPECT_STREQ(place, "abc");
  EXPECT_FALSE(text.fits());
}

TEST(read_number, stops_behind_the_digits) {
  const char* text = "42:7";
  std::uint64_t number = 0;
  EXPECT_TRUE(read_number(text, number));
  EXPECT_EQ(number, 42u);
  EXPECT_STREQ(text, ":7");
  EXPECT_FALSE(read_number(text, number));
}

TEST(matches_glob, stars_and_question_marks) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("py*n?.11", "python3.11"));
  EXPECT_TRUE(matches("*cc1*", "/usr/lib/gcc/cc1plus"));
  EXPECT_FALSE(matches("cc1", "cc1plus"));
  EXPECT_FALSE(matches("a*b", "ac"));
  EXPECT_TRUE(matches("a*b*c", "axxbyyc"));
  EXPECT_FALSE(matches("", "a"));
}

}  // namespace
}  // namespace track::runtime
