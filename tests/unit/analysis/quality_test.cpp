#include "libtrack/analysis/quality.hpp"

#include <algorithm>
#include <csignal>

#include <gtest/gtest.h>

#include "libtrack/analysis/report.hpp"
#include "tests/unit/analysis/capture_of.hpp"

namespace track::analysis {
namespace {

test::image_builder one_process(std::uint64_t number = 0) {
  test::image_builder builder(number);
  builder.site({{"/opt/app", 0x10}}, allocation_function::malloc, 3, 1, 8);
  builder.end_by_exit();
  return builder;
}

test::fake_names app_names() {
  test::fake_names names;
  names.add("/opt/app", 0x10, {{"main", "m.cpp", 3, false}});
  return names;
}

std::vector<std::string> codes_of(const model::process& process) {
  std::vector<std::string> codes;
  for (const model::quality_reason& reason : process.quality.reasons) {
    codes.push_back(reason.code);
  }
  return codes;
}

model::process judged(const ledger::process_image& image, const capture::process_end& end) {
  test::fake_names names = app_names();
  return make_report(test::capture_of({{image, end}}, &names), {}).processes.at(0);
}

TEST(quality, an_exit_with_everything_recorded_is_complete) {
  const model::process process = judged(one_process().image, test::exited());
  EXPECT_TRUE(process.quality.complete);
  EXPECT_TRUE(process.quality.reasons.empty());
  EXPECT_EQ(process.quality.frames_unresolved, 0u);
}

TEST(quality, every_end_without_our_handler_is_incomplete) {
  auto builder = one_process();
  builder.image.survivors_valid = false;
  capture::process_end end;
  EXPECT_EQ(codes_of(judged(builder.image, end)), std::vector<std::string>{"end_unknown"});
  end.kind = capture::end_kind::running;
  EXPECT_EQ(codes_of(judged(builder.image, end)), std::vector<std::string>{"still_running"});
  end.kind = capture::end_kind::exited;
  EXPECT_EQ(codes_of(judged(builder.image, end)), std::vector<std::string>{"end_unseen"});
  end.kind = capture::end_kind::signaled;
  end.signal = SIGKILL;
  const model::process killed = judged(builder.image, end);
  EXPECT_EQ(codes_of(killed), std::vector<std::string>{"killed_before_still"});
  EXPECT_FALSE(killed.quality.complete);
}

TEST(quality, abort_that_passed_our_handler_is_complete) {
  capture::process_end end;
  end.kind = capture::end_kind::signaled;
  end.signal = SIGABRT;
  EXPECT_TRUE(judged(one_process().image, end).quality.complete);
}

TEST(quality, every_loss_has_its_code) {
  const std::pair<ledger::loss, const char*> cases[] = {
      {ledger::loss::table_full, "events_lost"},
      {ledger::loss::nested_overflow, "events_lost"},
      {ledger::loss::missed_free, "frees_missed"},
      {ledger::loss::sites_full, "ledger_full"},
      {ledger::loss::truncated_unknown, "stacks_truncated"},
      {ledger::loss::raw_clone, "raw_clone_child"},
      {ledger::loss::allocator_bypassed, "allocator_in_executable"}};
  for (const auto& [loss, code] : cases) {
    auto builder = one_process();
    builder.image.lost[static_cast<std::size_t>(loss)] = 4;
    const model::process process = judged(builder.image, test::exited());
    EXPECT_EQ(codes_of(process), std::vector<std::string>{code});
    EXPECT_FALSE(process.quality.complete) << code;
  }
}

TEST(quality, depth_that_was_asked_for_is_counted_and_no_fault) {
  auto builder = one_process();
  builder.image.lost[static_cast<std::size_t>(ledger::loss::truncated_depth)] = 4;
  const model::process process = judged(builder.image, test::exited());
  EXPECT_TRUE(process.quality.complete);
  EXPECT_EQ(process.quality.stacks_truncated, 4u);
}

TEST(quality, a_plain_preload_is_complete_with_a_note) {
  capture::process_end end = test::exited();
  end.ran_under_collector = false;
  const model::process process = judged(one_process().image, end);
  EXPECT_TRUE(process.quality.complete);
  EXPECT_EQ(codes_of(process), std::vector<std::string>{"no_collector"});
}

TEST(quality, findings_without_names_are_incomplete_evidence) {
  const model::process process =
      make_report(test::capture_of({{one_process().image, test::exited()}}), {}).processes.at(0);
  EXPECT_EQ(codes_of(process), std::vector<std::string>{"names_incomplete"});
  EXPECT_EQ(process.quality.frames_unresolved, 1u);
}

TEST(quality, untracked_child_counts_against_its_parent_unless_asked_for) {
  const test::temporary_folder folder;
  auto writer = capture::writer::create(folder.file("p"), test::test_info());
  ASSERT_TRUE(writer->add_process(one_process(0).image, test::exited()));
  ASSERT_TRUE(writer->add_process(one_process(1).image, test::exited()));
  ASSERT_TRUE(writer->add_untracked({1, 4711, "/opt/static", "static binary", false}));
  ASSERT_TRUE(writer->add_untracked({0, 4712, "/opt/skipped", "skipped by --skip", true}));
  test::fake_names names = app_names();
  ASSERT_TRUE(writer->finalize(folder.file("c"), {&names}));
  const model::report report = make_report(*capture::reader::open(folder.file("c"))->load(), {});
  EXPECT_TRUE(report.processes.at(0).quality.complete);
  EXPECT_EQ(codes_of(report.processes.at(1)), std::vector<std::string>{"process_untracked"});
}

TEST(quality, processes_without_a_place_are_told) {
  const test::temporary_folder folder;
  auto writer = capture::writer::create(folder.file("p"), test::test_info());
  ASSERT_TRUE(writer->add_process(one_process(0).image, test::exited()));
  ASSERT_TRUE(writer->set_processes_lost(2));
  test::fake_names names = app_names();
  ASSERT_TRUE(writer->finalize(folder.file("c"), {&names}));
  const model::report report = make_report(*capture::reader::open(folder.file("c"))->load(), {});
  EXPECT_EQ(codes_of(report.processes.at(0)), std::vector<std::string>{"processes_lost"});
}

TEST(quality, a_still_that_was_wanted_and_is_not_there_or_saw_too_little_is_told) {
  test::fake_names names = app_names();
  capture::contents all = test::capture_of({{one_process().image, test::exited()}}, &names);
  const auto codes = [&all] { return codes_of(make_report(all, {}).processes.at(0)); };
  all.exit_stills = 0;
  EXPECT_TRUE(codes().empty());  // none was wanted
  all.exit_stills = 1u << static_cast<unsigned>(ledger::graph::trigger::exit_end);
  EXPECT_EQ(codes(), std::vector<std::string>{"still_failed"});
  capture::still_row still;
  all.stills.push_back(still);
  EXPECT_TRUE(codes().empty());
  all.stills[0].notes = {2, 1, 0, 0, 64};
  EXPECT_EQ(codes(), (std::vector<std::string>{"registers_missing", "thread_not_stopped",
                                               "memory_unreadable"}));
  for (const std::string& code : codes()) {
    EXPECT_TRUE(is_reason(code)) << code;
  }
}

TEST(quality, a_weak_name_counts_only_where_nothing_better_is_known) {
  test::image_builder builder = one_process();
  builder.site({{"/opt/stripped.so", 0x99}}, allocation_function::malloc, 1, 1, 8);
  builder.end_by_exit();
  test::fake_names names = app_names();
  const capture::contents all = test::capture_of({{builder.image, test::exited()}}, &names);
  EXPECT_EQ(codes_of(make_report(all, {}).processes.at(0)),
            std::vector<std::string>{"names_incomplete"});
}

}  // namespace
}  // namespace track::analysis
