#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/json.hpp"
#include "tests/unit/reports/ci_reports.hpp"

namespace track::reports {
namespace {

namespace ci = test::ci;

// Some megabytes of JSON: its findings share a few frames.
model::report large_report() {
  model::finding finding = ci::finding_of(model::finding_kind::lost);
  finding.allocated = model::stack(50, ci::frame_of("f\n\"(int)", "/src/f.cpp", 7));
  finding.allocated.edit(1).function = "\n      \"stack\": []";
  return ci::report_of(std::vector<model::finding>(500, finding));
}

TEST(json_pieces, a_large_report_comes_whole) {
  const model::report report = large_report();
  std::string text;
  std::size_t pieces = 0;
  write_json(report, [&](std::string_view piece) {
    text += piece;
    ++pieces;
    return true;
  });
  EXPECT_GT(pieces, 2u);
  EXPECT_EQ(text, render_json(report));
  EXPECT_EQ(nlohmann::ordered_json::parse(text).dump(2) + "\n", text);
}

TEST(json_pieces, no_more_of_it_is_made_than_is_wanted) {
  std::size_t pieces = 0;
  write_json(large_report(), [&pieces](std::string_view) { return ++pieces == 2; });
  EXPECT_EQ(pieces, 1u);
}

TEST(json_pieces, an_empty_report_has_an_empty_list) {
  const std::string text = render_json(ci::report_of(std::vector<model::finding>{}));
  EXPECT_EQ(nlohmann::ordered_json::parse(text).dump(2) + "\n", text);
  EXPECT_NE(text.find("\"findings\": [],"), std::string::npos);
}

}  // namespace
}  // namespace track::reports
