#include "tools/collector/process_end.hpp"

#include <signal.h>

#include <gtest/gtest.h>

namespace track::tools {
namespace {

using capture::end_kind;
using ledger::exit_path;

ledger::process_image image_with(exit_path path, int code = 0) {
  ledger::process_image image;
  image.path = path;
  image.exit_code = code;
  image.start_mono_ms = 100;
  image.survivors_valid = true;
  return image;
}

constexpr int exited_with(int code) {
  return code << 8;
}

TEST(process_end, the_wait_status_counts_more_than_the_hooks) {
  oom_watch oom;
  const auto end = end_of(image_with(exit_path::exit, 1), exited_with(7), 250, oom);
  EXPECT_EQ(end.kind, end_kind::exited);
  EXPECT_EQ(end.code, 7);
  EXPECT_EQ(end.oom_killed, false);
  EXPECT_EQ(end.duration_ms, 150u);
}

TEST(process_end, without_a_status_the_hooks_tell) {
  oom_watch oom;
  const auto exited = end_of(image_with(exit_path::immediate_exit, 3), {}, 250, oom);
  EXPECT_EQ(exited.kind, end_kind::exited);
  EXPECT_EQ(exited.code, 3);
  const auto aborted = end_of(image_with(exit_path::abort), {}, 250, oom);
  EXPECT_EQ(aborted.kind, end_kind::signaled);
  EXPECT_EQ(aborted.signal, SIGABRT);
  const auto unknown = end_of(image_with(exit_path::none), {}, 250, oom);
  EXPECT_EQ(unknown.kind, end_kind::unknown);
  EXPECT_FALSE(unknown.oom_killed);
}

TEST(process_end, a_signal_is_a_signal) {
  oom_watch oom;
  const auto end = end_of(image_with(exit_path::none), SIGSEGV, 250, oom);
  EXPECT_EQ(end.kind, end_kind::signaled);
  EXPECT_EQ(end.signal, SIGSEGV);
  EXPECT_FALSE(end.code);
}

TEST(process_end, an_image_that_went_on_by_exec_did_not_end_with_its_pid) {
  oom_watch oom;
  const auto end = end_of(image_with(exit_path::exec), exited_with(0), 250, oom);
  EXPECT_EQ(end.kind, end_kind::execed);
  EXPECT_FALSE(is_incomplete(image_with(exit_path::exec), end));
}

TEST(process_end, a_duration_that_nobody_saw_is_unknown) {
  oom_watch oom;
  EXPECT_FALSE(end_of(image_with(exit_path::none), {}, {}, oom).duration_ms);
}

TEST(process_end, killed_processes_and_lost_events_are_incomplete) {
  oom_watch oom;
  auto image = image_with(exit_path::exit);
  EXPECT_FALSE(is_incomplete(image, end_of(image, exited_with(0), 250, oom)));
  EXPECT_TRUE(is_incomplete(image, end_of(image, SIGKILL, 250, oom)));
  image.lost[static_cast<std::size_t>(ledger::loss::truncated_depth)] = 9;
  EXPECT_FALSE(is_incomplete(image, end_of(image, exited_with(0), 250, oom)));
  image.lost[static_cast<std::size_t>(ledger::loss::table_full)] = 1;
  EXPECT_TRUE(is_incomplete(image, end_of(image, exited_with(0), 250, oom)));
}

}  // namespace
}  // namespace track::tools
