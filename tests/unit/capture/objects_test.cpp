// Tracked objects in a capture: what the ledger had, with times made whole.
#include <string>
#include <vector>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "libtrack/capture/reader.hpp"
#include "libtrack/ledger/encode.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track {
namespace {

using test::image_builder;

const std::vector<test::code_place> in_main = {{"/opt/app", 0x20}, {"/opt/app", 0x10}};

image_builder two_sessions(std::uint64_t process = 0) {
  image_builder builder(process);
  builder.site(in_main, allocation_function::operator_new, 2, 2, 64);
  builder.object(in_main, {.type = "Session",
                           .label = "of alice",
                           .tag = "import",
                           .test = "login.ends",
                           .due_at_ms = 500});
  builder.object(in_main, {.type = "Session", .address = 0x20000, .born_at_ms = 700, .dead = true});
  return builder;
}

capture::contents load(const std::string& path) {
  auto opened = capture::reader::open(path);
  EXPECT_TRUE(opened) << (opened ? "" : opened.failure().message);
  auto all = opened->load();
  EXPECT_TRUE(all) << (all ? "" : all.failure().message);
  return *all;
}

std::string write_capture(const test::temporary_folder& folder,
                          const std::vector<ledger::process_image>& images,
                          const capture::process_end& end = test::exited()) {
  auto writer = capture::writer::create(folder.file("c.track.partial"), test::test_info());
  EXPECT_TRUE(writer);
  for (const ledger::process_image& image : images) {
    EXPECT_TRUE(writer->add_process(image, end));
  }
  return *writer->finalize(folder.file("c.track"), {});
}

TEST(captured_objects, come_back_with_their_texts_and_times) {
  const test::temporary_folder folder;
  image_builder builder = two_sessions();
  builder.end_by_exit();
  const capture::contents all = load(write_capture(folder, {builder.image}));
  EXPECT_EQ(all.processes[0].seen_ms, 1500u);
  ASSERT_EQ(all.objects.size(), 2u);
  const capture::object_row& alive = all.objects[0];
  EXPECT_EQ(alive.address, 0x1000u);
  EXPECT_FALSE(alive.dead);
  EXPECT_EQ(alive.serial, 1u);
  EXPECT_EQ(all.object_names[alive.type], "Session");
  EXPECT_EQ(all.object_names[alive.label], "of alice");
  EXPECT_EQ(all.object_names[alive.tag], "import");
  EXPECT_EQ(all.object_names[alive.test], "login.ends");
  EXPECT_EQ(alive.born_at_ms, 100u);
  EXPECT_EQ(alive.due_at_ms, 500u);
  EXPECT_EQ(alive.bytes, 64u);
  EXPECT_EQ(alive.stack, all.sites[1].stack) << "it was registered where it was allocated";
  const capture::object_row& dead = all.objects[1];
  EXPECT_TRUE(dead.dead);
  EXPECT_EQ(dead.type, alive.type);
  EXPECT_EQ(dead.label, 0u);
  EXPECT_FALSE(dead.due_at_ms);
  EXPECT_EQ(dead.born_at_ms, 700u);
}

TEST(captured_objects, of_all_processes_have_each_text_once) {
  const test::temporary_folder folder;
  const capture::contents all =
      load(write_capture(folder, {two_sessions(0).image, two_sessions(1).image}));
  ASSERT_EQ(all.objects.size(), 4u);
  EXPECT_EQ(all.object_names.size(), 5u);
  EXPECT_EQ(all.objects[2].process, 1u);
  EXPECT_EQ(all.objects[2].label, all.objects[0].label);
}

TEST(captured_objects, a_process_added_again_replaces_them) {
  const test::temporary_folder folder;
  image_builder later = two_sessions();
  later.image.objects.pop_back();
  const capture::contents all = load(write_capture(folder, {two_sessions().image, later.image}));
  EXPECT_EQ(all.objects.size(), 1u);
}

TEST(captured_objects, of_a_growing_capture_are_those_of_the_last_checkpoint) {
  const test::temporary_folder folder;
  const std::string path = folder.file("c.track.partial");
  auto writer = capture::writer::create(path, test::test_info());
  ASSERT_TRUE(writer);
  image_builder builder = two_sessions();
  builder.image.state = ledger::slot_state::live;
  ASSERT_TRUE(writer->checkpoint(0, ledger::encode_slot(builder.image)));
  for (std::uint64_t at_ms = 6000; at_ms <= 9000; at_ms += 1000) {
    ASSERT_TRUE(writer->sample(0, at_ms, {64, 1, 64}));
  }
  const capture::contents all = load(path);
  ASSERT_EQ(all.objects.size(), 2u);
  EXPECT_EQ(all.processes[0].seen_ms, 4000u) << "when it was sampled last";
  EXPECT_EQ(all.objects[0].born_at_ms, 100u);
  EXPECT_EQ(all.objects[0].due_at_ms, 500u);
}

TEST(captured_objects, of_a_process_without_an_end_it_lived_at_least_until_the_last_birth) {
  const test::temporary_folder folder;
  const capture::process_end unseen;
  const capture::contents all = load(write_capture(folder, {two_sessions().image}, unseen));
  EXPECT_EQ(all.processes[0].seen_ms, 700u);
  EXPECT_EQ(all.objects[1].born_at_ms, 700u);
}

TEST(captured_objects, times_of_a_clock_that_ran_over_are_whole) {
  const test::temporary_folder folder;
  image_builder builder(0);
  builder.image.start_mono_ms = 0x1'ffff'ff00;
  builder.object(in_main, {.type = "Session", .born_at_ms = 0x80, .due_at_ms = 0x400});
  builder.image.end_mono_ms = builder.image.start_mono_ms + 0x1000;
  const capture::contents all = load(write_capture(folder, {builder.image}));
  EXPECT_EQ(all.objects[0].born_at_ms, 0x80u);
  EXPECT_EQ(all.objects[0].due_at_ms, 0x400u);
}

TEST(captured_objects, due_a_moment_before_the_birth_is_due_at_birth) {
  const test::temporary_folder folder;
  image_builder builder(0);
  builder.object(in_main, {.type = "Session", .born_at_ms = 100, .due_at_ms = 96});
  builder.end_by_exit();
  const capture::contents all = load(write_capture(folder, {builder.image}));
  EXPECT_EQ(all.objects[0].due_at_ms, 100u);
}

TEST(captured_objects, are_seen_by_queries) {
  const test::temporary_folder folder;
  auto opened = capture::reader::open(write_capture(folder, {two_sessions().image}));
  ASSERT_TRUE(opened);
  std::vector<std::vector<std::string>> rows;
  const auto done = opened->query(
      "SELECT type, label, dead, due_at_ms, (SELECT count(*) FROM v1_stacks k WHERE "
      "k.stack = o.stack) FROM v1_objects o ORDER BY serial",
      {[](const auto&) {},
       [&rows](const capture::query_row& row) {
         rows.emplace_back();
         for (const capture::query_value& value : row) {
           rows.back().push_back(value.null ? "NULL" : value.text);
         }
         return true;
       }});
  ASSERT_TRUE(done) << done.failure().message;
  EXPECT_EQ(rows, (std::vector<std::vector<std::string>>{{"Session", "of alice", "0", "500", "2"},
                                                         {"Session", "NULL", "1", "NULL", "2"}}));
}

TEST(captured_objects, that_name_what_is_not_there_are_refused) {
  for (const char* change : {"UPDATE objects SET type = 99", "UPDATE objects SET stack = 99999",
                             "UPDATE objects SET process = 7", "UPDATE objects SET label = -1",
                             "DELETE FROM object_names WHERE id = 1"}) {
    const test::temporary_folder folder;
    const std::string path = write_capture(folder, {two_sessions().image});
    {
      SQLite::Database file(path, SQLite::OPEN_READWRITE);
      file.exec(change);
    }
    auto opened = capture::reader::open(path);
    ASSERT_TRUE(opened) << change;
    EXPECT_FALSE(opened->load()) << change;
  }
}

}  // namespace
}  // namespace track
