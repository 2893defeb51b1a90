// Probed caches in a capture: what the ledger had, with times made whole.
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

image_builder two_caches(std::uint64_t process = 0) {
  image_builder builder(process);
  builder.cache(in_main, {.name = "images",
                          .address = 0xffff800000001000,
                          .inserts = 20,
                          .hits = 100,
                          .misses = 25,
                          .evictions = 5,
                          .erased = 1});
  builder.image.caches[0].ages = {0, 1, 2, 0, 0, 0, 0, 1};
  builder.cache({}, {.name = "sessions",
                     .inserts = 3,
                     .size = 9,
                     .never_hit = 2,
                     .born_at_ms = 300,
                     .ended_at_ms = 800});
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
                          const std::vector<ledger::process_image>& images) {
  auto writer = capture::writer::create(folder.file("c.track.partial"), test::test_info());
  EXPECT_TRUE(writer);
  for (const ledger::process_image& image : images) {
    EXPECT_TRUE(writer->add_process(image, test::exited()));
  }
  return *writer->finalize(folder.file("c.track"), {});
}

TEST(captured_caches, come_back_with_their_names_counts_and_times) {
  const test::temporary_folder folder;
  image_builder builder = two_caches();
  builder.end_by_exit();
  const capture::contents all = load(write_capture(folder, {builder.image}));
  ASSERT_EQ(all.caches.size(), 2u);
  const capture::cache_row& images = all.caches[0];
  EXPECT_EQ(images.process, 0u);
  EXPECT_EQ(images.serial, 1u);
  EXPECT_EQ(all.object_names[images.name], "images");
  EXPECT_EQ(images.address, 0xffff800000001000u);
  EXPECT_EQ(images.born_at_ms, 100u);
  EXPECT_FALSE(images.ended_at_ms);
  EXPECT_EQ(images.inserts, 20u);
  EXPECT_EQ(images.hits, 100u);
  EXPECT_EQ(images.misses, 25u);
  EXPECT_EQ(images.evictions, 5u);
  EXPECT_EQ(images.erased, 1u);
  EXPECT_FALSE(images.size);
  EXPECT_FALSE(images.never_hit);
  EXPECT_EQ(images.ages, (std::array<std::uint64_t, 8>{0, 1, 2, 0, 0, 0, 0, 1}));
  EXPECT_NE(images.stack, 0u) << "where the probe was made";
  const capture::cache_row& sessions = all.caches[1];
  EXPECT_FALSE(sessions.address);
  EXPECT_EQ(sessions.born_at_ms, 300u);
  EXPECT_EQ(sessions.ended_at_ms, 800u);
  EXPECT_EQ(sessions.size, 9u);
  EXPECT_EQ(sessions.never_hit, 2u);
  EXPECT_EQ(sessions.stack, 0u);
}

TEST(captured_caches, a_process_added_again_replaces_them) {
  const test::temporary_folder folder;
  image_builder later = two_caches();
  later.image.caches.pop_back();
  const capture::contents all =
      load(write_capture(folder, {two_caches(1).image, two_caches().image, later.image}));
  ASSERT_EQ(all.caches.size(), 3u);
  EXPECT_EQ(all.caches[0].process, 0u);
  EXPECT_EQ(all.caches[0].name, all.caches[1].name) << "each text once";
}

TEST(captured_caches, of_a_growing_capture_are_those_of_the_last_checkpoint) {
  const test::temporary_folder folder;
  const std::string path = folder.file("c.track.partial");
  auto writer = capture::writer::create(path, test::test_info());
  ASSERT_TRUE(writer);
  image_builder builder = two_caches();
  builder.image.state = ledger::slot_state::live;
  ASSERT_TRUE(writer->checkpoint(0, ledger::encode_slot(builder.image)));
  const capture::contents all = load(path);
  ASSERT_EQ(all.caches.size(), 2u);
  EXPECT_EQ(all.caches[0].hits, 100u);
}

TEST(captured_caches, are_seen_by_queries) {
  const test::temporary_folder folder;
  auto opened = capture::reader::open(write_capture(folder, {two_caches().image}));
  ASSERT_TRUE(opened);
  std::vector<std::vector<std::string>> rows;
  const auto done = opened->query(
      "SELECT name, entries, hits, misses, evictions, never_hit, evicted_10ms, evicted_later "
      "FROM v1_caches ORDER BY serial",
      {[](const auto&) {},
       [&rows](const capture::query_row& row) {
         rows.emplace_back();
         for (const capture::query_value& value : row) {
           rows.back().push_back(value.null ? "NULL" : value.text);
         }
         return true;
       }});
  ASSERT_TRUE(done) << done.failure().message;
  EXPECT_EQ(rows, (std::vector<std::vector<std::string>>{
                      {"images", "14", "100", "25", "5", "NULL", "1", "1"},
                      {"sessions", "9", "0", "0", "0", "2", "0", "0"}}));
}

TEST(captured_caches, that_name_what_is_not_there_are_refused) {
  for (const char* change : {"UPDATE caches SET name = 99", "UPDATE caches SET stack = 99999",
                             "UPDATE caches SET process = 7", "UPDATE caches SET name = -1"}) {
    const test::temporary_folder folder;
    const std::string path = write_capture(folder, {two_caches().image});
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
