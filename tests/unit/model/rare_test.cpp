#include "libtrack/model/rare.hpp"

#include <string>

#include <gtest/gtest.h>

namespace track::model {
namespace {

TEST(rare, a_copy_has_a_value_of_its_own) {
  rare<std::string> first = std::string("one");
  rare<std::string> second = first;
  *second += " more";
  EXPECT_EQ(*first, "one");
  first = second;
  EXPECT_EQ(*first, "one more");
  const rare<std::string>& same = first;
  first = same;
  EXPECT_EQ(first->size(), 8u);
}

TEST(rare, none_is_one_word_and_stays_none) {
  rare<std::string> none;
  EXPECT_EQ(sizeof none, sizeof(void*));
  EXPECT_FALSE(rare<std::string>(none));
  none.emplace() = "there";
  EXPECT_TRUE(none.has_value());
  none = std::nullopt;
  EXPECT_FALSE(none);
}

}  // namespace
}  // namespace track::model
