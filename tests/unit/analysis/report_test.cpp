#include "libtrack/analysis/report.hpp"

#include <csignal>

#include <gtest/gtest.h>

#include "tests/unit/analysis/capture_of.hpp"

namespace track::analysis {
namespace {

using test::code_place;

capture::process_end killed() {
  capture::process_end end;
  end.kind = capture::end_kind::signaled;
  end.signal = SIGKILL;
  return end;
}

std::vector<code_place> place(std::uint64_t offset) {
  return {{"/opt/app", offset}, {"/opt/app", 0x10}};
}

// `sites` sites that keep 1, 2, 3 … blocks of 8 bytes.
test::image_builder leaky_process(std::uint64_t number, std::uint64_t sites) {
  test::image_builder builder(number);
  for (std::uint64_t i = 1; i <= sites; ++i) {
    builder.site(place(0x100 * i), allocation_function::malloc, i + 5, i, 8);
  }
  return builder;
}

void expect_totals_add_up(const capture::contents& all, const model::report& report) {
  std::uint64_t allocations = 0;
  std::int64_t live_bytes = 0;
  for (const capture::counter_row& row : all.counters) {
    allocations += row.allocations;
    live_bytes += static_cast<std::int64_t>(row.bytes_allocated - row.bytes_freed);
  }
  for (const model::process& process : report.processes) {
    const model::totals& totals = process.totals;
    EXPECT_EQ(totals.live_blocks, static_cast<std::int64_t>(totals.allocations - totals.frees));
    allocations -= totals.allocations;
    live_bytes -= totals.live_bytes;
  }
  EXPECT_EQ(allocations, 0u);
  EXPECT_EQ(live_bytes, 0);
}

TEST(report, totals_are_sums_over_all_sites_with_others) {
  auto builder = leaky_process(0, 3);
  builder.image.sites[0].allocations = 100;
  builder.image.sites[0].bytes_allocated = 1000;
  builder.image.sites[0].frees = 90;
  builder.image.sites[0].bytes_freed = 900;
  builder.end_by_exit();
  const capture::contents all = test::capture_of({{builder.image, test::exited()}});
  const model::report report = make_report(all, {});
  EXPECT_EQ(report.processes[0].totals.allocations, 100u + 6 + 7 + 8);
  EXPECT_EQ(report.processes[0].totals.live_bytes, 100 + 8 * 6);
  expect_totals_add_up(all, report);
}

TEST(report, survivors_come_largest_first_with_ages) {
  auto builder = leaky_process(0, 3);
  builder.end_by_exit();
  const model::report report = make_report(test::capture_of({{builder.image, test::exited()}}), {});
  ASSERT_EQ(report.findings.size(), 3u);
  EXPECT_EQ(report.findings[0].bytes, 24u);
  EXPECT_EQ(report.findings[2].bytes, 8u);
  EXPECT_TRUE(report.findings[0].proven);
  ASSERT_TRUE(report.findings[0].age_ms);
  EXPECT_EQ(report.findings[0].age_ms->min_ms, 200u);
  EXPECT_EQ(report.findings[0].age_ms->max_ms, 1400u);
  EXPECT_FALSE(report.findings[0].age_ms->median_ms);
}

TEST(report, killed_process_has_unproven_survivors_without_ages_ten_at_most) {
  const auto builder = leaky_process(0, 14);
  report_options options;
  options.unproven_limit = 10;
  const model::report report = make_report(test::capture_of({{builder.image, killed()}}), options);
  ASSERT_EQ(report.findings.size(), 10u);
  EXPECT_FALSE(report.findings[0].proven);
  EXPECT_FALSE(report.findings[0].age_ms);
  EXPECT_EQ(report.findings[0].blocks, 14u);
  EXPECT_EQ(report.beyond_limit.findings, 4u);
  EXPECT_EQ(report.beyond_limit.blocks, 1u + 2 + 3 + 4);
  EXPECT_TRUE(report.truncated());
}

TEST(report, equal_findings_of_processes_are_one) {
  auto first = leaky_process(0, 2);
  first.end_by_exit();
  auto second = leaky_process(1, 2);
  second.end_by_exit();
  const model::report report = make_report(
      test::capture_of({{first.image, test::exited()}, {second.image, test::exited()}}), {});
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].processes, (std::vector<std::uint64_t>{0, 1}));
  EXPECT_EQ(report.findings[0].blocks, 4u);
}

TEST(report, sites_that_look_the_same_are_one) {
  test::image_builder builder;
  builder.site(place(0x100), allocation_function::malloc, 1, 1, 8);
  builder.site(place(0x200), allocation_function::malloc, 1, 1, 24);
  builder.site(place(0x300), allocation_function::malloc, 1, 1, 8);
  builder.end_by_exit();
  test::fake_names names;
  names.add("/opt/app", 0x10, {{"main", "m.cpp", 3, false}});
  names.add("/opt/app", 0x100, {{"make()", "m.cpp", 9, false}});
  names.add("/opt/app", 0x200, {{"make()", "m.cpp", 9, false}});
  names.add("/opt/app", 0x300, {{"make()", "m.cpp", 10, false}});
  const capture::contents all = test::capture_of({{builder.image, test::exited()}}, &names);
  const model::report report = make_report(all, {});
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.findings[0].bytes, 32u);
  EXPECT_EQ(report.findings[0].blocks, 2u);
  EXPECT_EQ(make_site_report(all, {}).sites.size(), 2u);
}

TEST(report, blocks_alive_at_an_exec_are_no_findings) {
  auto builder = leaky_process(0, 2);
  capture::process_end end;
  end.kind = capture::end_kind::execed;
  const model::report report = make_report(test::capture_of({{builder.image, end}}), {});
  EXPECT_TRUE(report.findings.empty());
  EXPECT_EQ(report.processes[0].totals.live_blocks, 3);
}

TEST(report, memory_of_the_runtime_is_hidden_but_counted) {
  test::image_builder builder;
  builder.site({{"/lib/libstdc++.so.6", 0x10}, {"/lib64/ld-linux-x86-64.so.2", 0x20}},
               allocation_function::malloc, 1, 1, 72704);
  builder.site({{"/lib/libc.so.6", 0x10}, {"/opt/app", 0x20}}, allocation_function::malloc, 1, 1,
               1024);
  builder.end_by_exit();
  const capture::contents all = test::capture_of({{builder.image, test::exited()}});
  model::report report = make_report(all, {});
  ASSERT_EQ(report.findings.size(), 1u);
  EXPECT_EQ(report.findings[0].bytes, 1024u);
  EXPECT_EQ(report.runtime.bytes, 72704u);
  EXPECT_EQ(report.processes[0].totals.live_bytes, 72704 + 1024);
  report_options options;
  options.show_reachable = true;
  report = make_report(all, options);
  ASSERT_EQ(report.findings.size(), 2u);
  EXPECT_TRUE(report.findings[0].runtime);
}

TEST(report, mismatches_come_first_with_both_stacks) {
  auto builder = leaky_process(0, 1);
  builder.image.mismatches.resize(1);
  ledger::mismatch_image mismatch;
  mismatch.kind = ledger::mismatch_kind::family;
  mismatch.allocation_site = site_id{1};
  mismatch.release_node = builder.stack(place(0x900));
  mismatch.function = release_function::operator_delete;
  mismatch.count = 3;
  mismatch.bytes = 24;
  mismatch.first_mono_ms = builder.image.start_mono_ms + 40;
  builder.image.mismatches.push_back(mismatch);
  mismatch.kind = ledger::mismatch_kind::foreign_free;
  mismatch.allocation_site = {};
  mismatch.function = release_function::free;
  builder.image.mismatches.push_back(mismatch);
  builder.end_by_exit();
  const model::report report = make_report(test::capture_of({{builder.image, test::exited()}}), {});
  ASSERT_EQ(report.findings.size(), 3u);
  const model::finding& family = report.findings[0].mismatch->kind == model::mismatch_class::family
                                     ? report.findings[0]
                                     : report.findings[1];
  EXPECT_EQ(family.allocated_by, "malloc");
  EXPECT_EQ(family.mismatch->released_by, "operator delete");
  EXPECT_EQ(family.mismatch->first_at_ms, 40u);
  EXPECT_EQ(family.blocks, 3u);
  EXPECT_EQ(family.allocated.size(), 2u);
  ASSERT_EQ(family.stacks.size(), 1u);
  EXPECT_EQ(family.stacks[0].role, "freed");
  EXPECT_EQ(family.stacks[0].frames.at(0).offset, 0x900u);
  EXPECT_EQ(report.findings[2].kind, model::finding_kind::survivor);
}

TEST(report, limit_says_what_it_left_out) {
  auto builder = leaky_process(0, 5);
  builder.end_by_exit();
  report_options options;
  options.limit = 2;
  const model::report report =
      make_report(test::capture_of({{builder.image, test::exited()}}), options);
  EXPECT_EQ(report.findings.size(), 2u);
  EXPECT_EQ(report.beyond_limit.findings, 3u);
  EXPECT_EQ(report.beyond_limit.bytes, 8u * (1 + 2 + 3));
}

TEST(site_report, orders_by_what_is_asked_for) {
  test::image_builder builder;
  builder.site(place(0x100), allocation_function::malloc, 100, 0, 8);
  builder.site(place(0x200), allocation_function::malloc, 3, 3, 1000);
  builder.end_by_exit();
  const capture::contents all = test::capture_of({{builder.image, test::exited()}});
  sites_options options;
  options.by = site_order::live;
  EXPECT_EQ(make_site_report(all, options).sites.at(0).live_bytes, 3000);
  EXPECT_EQ(make_site_report(all, options).sites.size(), 1u);
  options.by = site_order::allocations;
  EXPECT_EQ(make_site_report(all, options).sites.at(0).allocations, 100u);
  options.by = site_order::temporary;
  EXPECT_EQ(make_site_report(all, options).sites.at(0).temporary, 50u);
  options.by = site_order::lifetime;
  EXPECT_EQ(make_site_report(all, options).sites.at(0).lifetimes[0], 100u);
  options.by = site_order::allocations;
  options.limit = 1;
  const model::site_report cut = make_site_report(all, options);
  EXPECT_EQ(cut.sites.size(), 1u);
  EXPECT_EQ(cut.sites_left_out, 1u);
}

TEST(site_report, peaks_of_sites_add_up_to_the_peak) {
  const auto builder = leaky_process(0, 4);
  const model::site_report report = [&] {
    sites_options options;
    options.by = site_order::peak;
    return make_site_report(test::capture_of({{builder.image, killed()}}), options);
  }();
  std::int64_t sum = 0;
  for (const model::site& site : report.sites) {
    sum += site.peak_bytes;
  }
  EXPECT_EQ(sum, report.processes[0].totals.peak_bytes);
}

}  // namespace
}  // namespace track::analysis
