#include "libtrack/analysis/merge.hpp"

#include <gtest/gtest.h>

#include "libtrack/analysis/report.hpp"
#include "tests/unit/analysis/capture_of.hpp"

namespace track::analysis {
namespace {

// A run whose one site keeps `live` blocks of 8 bytes; `more` adds a site of its own.
model::report run_of(std::uint64_t live, std::uint64_t more = 0) {
  test::image_builder builder(0);
  builder.site({{"/opt/app", 0x20}, {"/opt/app", 0x10}}, allocation_function::malloc, 10, live, 8);
  if (more != 0) {
    builder.site({{"/opt/app", 0x100 + more}, {"/opt/app", 0x10}}, allocation_function::malloc, 1,
                 1, 64);
  }
  builder.end_by_exit();
  test::fake_names names;
  names.add("/opt/app", 0x10, {{"main", "m.cpp", 3, false}});
  names.add("/opt/app", 0x20, {{"leak()", "m.cpp", 30, false}});
  return gather_report(test::capture_of({{builder.image, test::exited()}}, &names));
}

model::report merged(std::vector<model::report> reports) {
  report_merger merger;
  for (std::size_t i = 0; i < reports.size(); ++i) {
    merger.add(std::move(reports[i]), std::to_string(i) + ".track");
  }
  return merger.take();
}

TEST(merge, equal_findings_of_several_captures_are_one_and_counts_add_up) {
  model::report sum = merged({run_of(2), run_of(3), run_of(5)});
  ASSERT_EQ(sum.findings.size(), 1u);
  EXPECT_EQ(sum.findings[0].blocks, 10u);
  EXPECT_EQ(sum.findings[0].bytes, 80u);
  EXPECT_EQ(sum.findings[0].processes, (std::vector<std::uint64_t>{0, 1, 2}));
  EXPECT_EQ(sum.findings[0].title.find("80 bytes in 10 blocks from malloc in leak()"), 0u)
      << sum.findings[0].title;
  std::int64_t live = 0;
  for (const model::process& process : sum.processes) {
    live += process.totals.live_blocks;
  }
  EXPECT_EQ(live, 10);
}

TEST(merge, different_findings_stay_apart) {
  EXPECT_EQ(merged({run_of(2, 0x1), run_of(2, 0x2)}).findings.size(), 3u);
}

TEST(merge, processes_are_numbered_anew_and_know_their_file) {
  model::report first = run_of(1);
  first.processes.push_back(first.processes[0]);
  first.processes[1].number = 7;
  first.processes[1].parent = 0;
  model::report second = first;
  second.growing = true;
  const model::report sum = merged({first, second});
  ASSERT_EQ(sum.processes.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(sum.processes[i].number, i);
    EXPECT_EQ(sum.processes[i].capture, i < 2 ? "0.track" : "1.track");
  }
  EXPECT_EQ(sum.processes[1].parent, 0u);
  EXPECT_EQ(sum.processes[3].parent, 2u);
  EXPECT_TRUE(sum.growing);
}

TEST(merge, ages_span_all_and_what_was_left_out_is_summed) {
  model::report first = run_of(1);
  model::report second = run_of(1);
  first.findings[0].age_ms = model::age{5, 6, 7};
  second.findings[0].age_ms = model::age{1, 2, 100};
  first.beyond_limit = {1, 2, 3};
  second.beyond_limit = {10, 20, 30};
  const model::report sum = merged({first, second});
  EXPECT_EQ(sum.findings[0].age_ms->min_ms, 1u);
  EXPECT_FALSE(sum.findings[0].age_ms->median_ms);
  EXPECT_EQ(sum.findings[0].age_ms->max_ms, 100u);
  EXPECT_EQ(sum.beyond_limit.findings, 11u);
  EXPECT_EQ(sum.beyond_limit.bytes, 33u);
}

TEST(merge, filters_look_at_the_sum) {
  model::report sum = merged({run_of(2), run_of(3)});
  report_options options;
  options.wanted.min_bytes = 40;
  arrange_report(sum, options);
  EXPECT_EQ(sum.findings.size(), 1u);
}

}  // namespace
}  // namespace track::analysis
