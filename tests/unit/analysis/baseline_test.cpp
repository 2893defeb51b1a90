#include "libtrack/analysis/baseline.hpp"

#include <gtest/gtest.h>

namespace track::analysis {
namespace {

using model::finding_kind;

standing lost(const std::string& print, std::uint64_t min, std::uint64_t max,
              const std::string& place = "make_session") {
  standing one;
  one.fingerprint = print;
  one.kind = finding_kind::lost;
  one.blocks = {min, max};
  one.bytes = max * 8;
  one.programs = {"app"};
  one.frames = {0x01234567, 0x89abcdef};
  one.place = place;
  return one;
}

const std::string first(16, '1');
const std::string second(16, '2');
const std::string third(16, '3');

baseline parsed(const std::string& text) {
  auto read = parse_baseline(text, "base.txt");
  EXPECT_TRUE(read) << (read ? "" : read.failure().message);
  return read ? *std::move(read) : baseline();
}

std::string wrong(const std::string& text) {
  const auto read = parse_baseline(text, "base.txt");
  EXPECT_FALSE(read) << text;
  EXPECT_TRUE(read || read.failure().code == error_code::bad_input);
  return read ? "" : read.failure().message;
}

TEST(baseline, format_never_changes) {
  standing cycle = lost(second, 0, 2, "{lambda} # of f");
  cycle.kind = finding_kind::cycle;
  cycle.programs = {"a b", "tool,x"};
  cycle.frames.clear();
  const std::string text = print_baseline(make_baseline({cycle, lost(first, 1, 3)}));
  EXPECT_EQ(text,
            "libtrack-baseline 1\n"
            "1111111111111111 lost 1-3 24 app 01234567.89abcdef make_session\n"
            "2222222222222222 cycle 0-2 16 a%20b,tool%2cx - {lambda}# of f\n");
  EXPECT_EQ(print_baseline(parsed(text)), text);
  EXPECT_EQ(parsed(text).standings()[1].programs, (std::vector<std::string>{"a b", "tool,x"}));
}

TEST(baseline, comments_and_reasons_survive_an_update) {
  const std::string text =
      "libtrack-baseline 1\n"
      "# ours\n"
      "\n"
      "3333333333333333 lost 2-2 16 app - f # known since 2020\n"
      "# below\n"
      "1111111111111111 lost 1-3 24 app 01234567.89abcdef make_session\n"
      "# the end\n";
  baseline accepted = parsed(text);
  EXPECT_EQ(print_baseline(accepted), text);
  const baseline_change change =
      widen(accepted, {lost(first, 0, 2), lost(second, 4, 4), lost(third, 2, 5, "f")});
  EXPECT_EQ(change.added, 1u);
  EXPECT_EQ(change.changed, 2u);
  EXPECT_EQ(print_baseline(accepted),
            "libtrack-baseline 1\n"
            "2222222222222222 lost 4-4 32 app 01234567.89abcdef make_session\n"
            "# ours\n"
            "\n"
            "3333333333333333 lost 2-5 40 app 01234567.89abcdef f # known since 2020\n"
            "# below\n"
            "1111111111111111 lost 0-3 24 app 01234567.89abcdef make_session\n"
            "# the end\n");
}

TEST(baseline, what_moved_takes_its_reason_along) {
  const std::string text =
      "libtrack-baseline 1\n"
      "3333333333333333 lost 2-2 16 app 01234567.89abcdef f # ticket 812\n";
  baseline moved = parsed(text);
  widen(moved, {lost(first, 2, 2)});
  EXPECT_EQ(moved.lines[0].reason, "ticket 812");
  baseline still_there = parsed(text);
  widen(still_there, {lost(first, 2, 2), lost(third, 2, 2)});
  EXPECT_EQ(still_there.lines[0].reason, "");
  standing other = lost(first, 2, 2);
  other.frames = {1, 2};
  baseline elsewhere = parsed(text);
  widen(elsewhere, {other});
  EXPECT_EQ(elsewhere.lines[0].reason, "");
}

TEST(baseline, widening_never_narrows_and_tightening_never_widens) {
  baseline accepted = make_baseline({lost(first, 1, 9), lost(second, 2, 2)});
  widen(accepted, {lost(first, 3, 4)});
  EXPECT_EQ(accepted.lines[0].accepted.blocks.max, 9u);
  EXPECT_EQ(accepted.lines.size(), 2u);
  const baseline_change change = tighten(accepted, {lost(first, 3, 4), lost(third, 1, 1)}, {"app"});
  EXPECT_EQ(change.removed, 1u);
  ASSERT_EQ(accepted.lines.size(), 1u);
  EXPECT_EQ(accepted.lines[0].accepted.blocks.min, 3u);
  EXPECT_EQ(accepted.lines[0].accepted.blocks.max, 4u);
  tighten(accepted, {lost(first, 1, 90)}, {"app"});
  EXPECT_EQ(accepted.lines[0].accepted.blocks.max, 4u);
}

TEST(baseline, lines_of_programs_that_did_not_run_stay_when_it_is_tightened) {
  baseline accepted = make_baseline({lost(first, 1, 9)});
  EXPECT_EQ(tighten(accepted, {}, {"other"}).removed, 0u);
  EXPECT_EQ(accepted.lines.size(), 1u);
}

TEST(baseline, programs_are_named_as_they_are_called) {
  const std::string head = "libtrack-baseline 1\n1111111111111111 lost 1-3 24 ";
  const baseline read = parsed(head + "%2d,a%2cb,a%2cb,,z - f\n");
  ASSERT_EQ(read.lines.size(), 1u);
  EXPECT_EQ(read.lines[0].accepted.programs, (std::vector<std::string>{"-", "a,b", "z"}));
  EXPECT_EQ(print_baseline(read), head + "%2d,a%2cb,z - f\n");
  EXPECT_TRUE(parsed(head + "- - f\n").lines[0].accepted.programs.empty());
}

TEST(baseline, damage_has_a_place_and_a_cure) {
  EXPECT_EQ(wrong("").find("base.txt:1: is no baseline"), 0u);
  EXPECT_EQ(wrong("leak:x\n").find("base.txt:1: "), 0u);
  EXPECT_NE(wrong("libtrack-baseline 2\n").find("newer track"), std::string::npos);
  for (const char* mark : {"<<<<<<< ours", "=======", ">>>>>>> theirs", "||||||| base"}) {
    EXPECT_EQ(
        wrong("libtrack-baseline 1\n" + std::string(mark) + "\n").find("base.txt:2: a conflict"),
        0u);
  }
  EXPECT_NE(wrong("<<<<<<< ours\nlibtrack-baseline 1\n").find("conflict"), std::string::npos);
  for (const char* line : {"x", "1111111111111111 lost", "1111111111111111 lust 1-2 3 app - f",
                           "1111111111111111 lost 2-1 3 app - f", "111 lost 1-2 3 app - f"}) {
    EXPECT_EQ(wrong("libtrack-baseline 1\n" + std::string(line) + "\n").find("base.txt:2: "), 0u);
  }
}

TEST(baseline, lines_without_frames_and_with_one_count_are_read) {
  const baseline read =
      parsed("libtrack-baseline 1\r\n1111111111111111 lost 7 3 app make_session(int)\r\n");
  ASSERT_EQ(read.lines.size(), 1u);
  EXPECT_EQ(read.lines[0].accepted.blocks.min, 7u);
  EXPECT_EQ(read.lines[0].accepted.blocks.max, 7u);
  EXPECT_EQ(read.lines[0].accepted.place, "make_session(int)");
}

TEST(baseline, a_finding_that_stands_twice_is_a_fault) {
  const std::string line = "1111111111111111 lost 1-2 3 app - f\n";
  EXPECT_TRUE(faults_of(parsed("libtrack-baseline 1\n" + line)).empty());
  const auto faults = faults_of(parsed("libtrack-baseline 1\n" + line + "# x\n" + line));
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_EQ(faults[0].find("line 4 is about the same finding as line 2"), 0u);
}

}  // namespace
}  // namespace track::analysis
