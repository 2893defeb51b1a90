#include "libtrack/support/text.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace track {
namespace {

TEST(text, control_characters_are_escaped_and_the_rest_is_kept) {
  EXPECT_EQ(escape_control("plain text\\ üß 漢 😀"), "plain text\\ üß 漢 😀");
  EXPECT_EQ(escape_control("a\nb\tc\r"), "a\\nb\\tc\\r");
  EXPECT_EQ(escape_control("\x1b[31mred\x7f"), "\\x1b[31mred\\x7f");
  EXPECT_EQ(escape_control(std::string_view("\0", 1)), "\\x00");
  EXPECT_EQ(escape_control("\xc2\x9b"), "\\x9b");  // C1: CSI
  EXPECT_EQ(escape_control("a\xe2\x80\xae"
                           "b"),
            "a\\u202eb");  // right-to-left override
}

TEST(text, bytes_that_are_no_utf8_are_replaced_one_by_one) {
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(escape_control("a\xff"
                           "b"),
            "a" + r + "b");
  EXPECT_EQ(escape_control("\xc3"), r);                          // cut off
  EXPECT_EQ(escape_control("\xc0\xaf"), r + r);                  // overlong
  EXPECT_EQ(escape_control("\xe0\x80\xaf"), r + r + r);          // overlong
  EXPECT_EQ(escape_control("\xed\xa0\x80"), r + r + r);          // surrogate
  EXPECT_EQ(escape_control("\xf4\x90\x80\x80"), r + r + r + r);  // above U+10FFFF
  EXPECT_EQ(valid_utf8("\x1b\n\xff"), "\x1b\n" + r);
}

TEST(text, escaping_is_stable_on_any_bytes) {
  std::mt19937 random(3);
  for (int i = 0; i < 5'000; ++i) {
    std::string text(random() % 24, '\0');
    for (char& c : text) {
      c = static_cast<char>(random());
    }
    const std::string once = escape_control(text);
    EXPECT_EQ(escape_control(once), once);
    EXPECT_EQ(valid_utf8(once), once);
  }
}

TEST(text, globs) {
  EXPECT_TRUE(glob_match("", ""));
  EXPECT_FALSE(glob_match("", "a"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("*", "any/thing"));
  EXPECT_TRUE(glob_match("lib*.so*", "libfoo.so.1"));
  EXPECT_FALSE(glob_match("lib*.so", "libfoo.so.1"));
  EXPECT_TRUE(glob_match("a?c", "aüc"));
  EXPECT_FALSE(glob_match("a?c", "ac"));
  EXPECT_TRUE(glob_match("[a-c]x[!0-9]", "bxy"));
  EXPECT_FALSE(glob_match("[a-c]x[!0-9]", "bx7"));
  EXPECT_TRUE(glob_match("[]]", "]"));
  EXPECT_TRUE(glob_match("[^]]", "x"));
  EXPECT_TRUE(glob_match("[a-]", "-"));
  EXPECT_TRUE(glob_match("a[b", "a[b"));
  EXPECT_TRUE(glob_match("operator\\[\\]\\*", "operator[]*"));
  EXPECT_FALSE(glob_match("operator\\*", "operatorx"));
  EXPECT_TRUE(glob_match("*a*b", "xaxbxb"));
}

TEST(text, many_stars_stay_cheap) {
  std::string pattern;
  for (int i = 0; i < 50; ++i) {
    pattern += "*a";
  }
  EXPECT_FALSE(glob_match(pattern + "b", std::string(5'000, 'a')));
}

}  // namespace
}  // namespace track
