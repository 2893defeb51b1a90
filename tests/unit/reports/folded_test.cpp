#include "reports/folded.hpp"

#include <gtest/gtest.h>

namespace track::reports {
namespace {

std::int64_t live_bytes(const model::site& site) {
  return site.live_bytes;
}

model::site site_of(const std::vector<std::string>& functions, std::int64_t bytes) {
  model::site site;
  site.allocated_by = "malloc";
  site.live_bytes = bytes;
  for (const std::string& function : functions) {
    model::frame frame;
    frame.function = function;
    site.allocated.push_back(frame);
  }
  return site;
}

TEST(folded, root_comes_first_and_equal_stacks_are_summed) {
  model::site_report report;
  report.sites = {site_of({"inner", "main"}, 5), site_of({"inner", "main"}, 7),
                  site_of({"main"}, 1), site_of({"none", "main"}, 0)};
  EXPECT_EQ(render_folded(report, live_bytes), "main;inner;malloc 12\nmain;malloc 1\n");
}

TEST(folded, separators_inside_names_are_escaped) {
  model::site_report report;
  report.sites = {site_of({"a;b\nc"}, 3)};
  EXPECT_EQ(render_folded(report, live_bytes), "a:b\\nc;malloc 3\n");
}

TEST(folded, giant_sums_stay_numbers) {
  model::site_report report;
  report.sites = {site_of({"f"}, INT64_MAX), site_of({"f"}, INT64_MAX)};
  EXPECT_EQ(render_folded(report, live_bytes), "f;malloc 9223372036854775807\n");
}

}  // namespace
}  // namespace track::reports
