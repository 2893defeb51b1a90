#include "libtrack/analysis/still_choice.hpp"

#include <gtest/gtest.h>

namespace track::analysis {
namespace {

using ledger::graph::trigger;

// Of two processes: 0 has stills at 100, 900 and its end, 1 has one.
capture::contents four_stills() {
  capture::contents all;
  const auto add = [&all](std::uint64_t process, std::uint32_t number, trigger by,
                          std::uint64_t at_ms) {
    capture::still_row row;
    row.id = all.stills.size();
    row.process = process;
    row.number = number;
    row.trigger = by;
    row.at_ms = at_ms;
    all.stills.push_back(row);
  };
  add(0, 0, trigger::interval, 100);
  add(1, 0, trigger::exit_end, 500);
  add(0, 1, trigger::exit_begin, 900);
  add(0, 2, trigger::exit_end, 901);
  return all;
}

using numbers = std::vector<std::size_t>;

numbers chosen(const std::string& text) {
  const auto choice = parse_still_choice(text);
  EXPECT_TRUE(choice) << text;
  const auto found = choose_stills(four_stills(), *choice);
  return found ? *found : numbers();
}

TEST(still_choice, every_way_of_naming_one) {
  EXPECT_EQ(chosen("2"), numbers{2});
  EXPECT_EQ(chosen("last"), (numbers{3, 1}));
  EXPECT_EQ(chosen("exit_begin"), numbers{2});
  EXPECT_EQ(chosen("exit_end"), (numbers{3, 1}));
  EXPECT_EQ(chosen("900ms"), (numbers{2, 1}));
  EXPECT_EQ(chosen("200ms"), numbers{0});
  EXPECT_EQ(*choose_stills(four_stills(), {}), (numbers{3, 1}));
}

TEST(still_choice, what_is_not_there_is_an_error_only_when_it_was_asked_for) {
  EXPECT_TRUE(chosen("9").empty());
  EXPECT_TRUE(chosen("50ms").empty());
  EXPECT_EQ(choose_stills(four_stills(), *parse_still_choice("9")).failure().code,
            error_code::not_found);
  const capture::contents none;
  EXPECT_TRUE(choose_stills(none, {}));
  EXPECT_FALSE(choose_stills(none, *parse_still_choice("last")));
}

TEST(still_choice, other_words_are_usage_errors) {
  for (const char* text : {"", "first", "10", "-1", "10x", "exit"}) {
    const auto choice = parse_still_choice(text);
    EXPECT_EQ(static_cast<bool>(choice), std::string_view(text) == "10") << text;
  }
}

}  // namespace
}  // namespace track::analysis
