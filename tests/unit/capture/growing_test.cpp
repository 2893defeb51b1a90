#include <algorithm>
#include <cstring>
#include <fstream>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "libtrack/capture/reader.hpp"
#include "libtrack/ledger/encode.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track {
namespace {

using test::image_builder;

image_builder small_process(std::uint64_t number) {
  image_builder builder(number);
  builder.site({{"/opt/app", 0x20}, {"/opt/app", 0x10}}, allocation_function::calloc, 5, 2, 32);
  builder.image.state = ledger::slot_state::live;
  return builder;
}

TEST(growing_capture, is_read_from_its_last_checkpoint) {
  const test::temporary_folder folder;
  const std::string path = folder.file("c.track.partial");
  auto writer = capture::writer::create(path, test::test_info());
  ASSERT_TRUE(writer);
  auto builder = small_process(0);
  ASSERT_TRUE(writer->checkpoint(0, ledger::encode_slot(builder.image)));
  builder.image.sites[1].allocations = 9;
  ASSERT_TRUE(writer->checkpoint(0, ledger::encode_slot(builder.image)));

  auto opened = capture::reader::open(path);
  ASSERT_TRUE(opened) << opened.failure().message;
  const auto all = opened->load();
  ASSERT_TRUE(all);
  EXPECT_FALSE(all->complete);
  ASSERT_EQ(all->processes.size(), 1u);
  EXPECT_TRUE(all->processes[0].from_checkpoint);
  EXPECT_EQ(all->processes[0].end.kind, capture::end_kind::unknown);
  ASSERT_EQ(all->counters.size(), 1u);
  EXPECT_EQ(all->counters[0].allocations, 9u);
  EXPECT_FALSE(all->counters[0].surviving);
}

TEST(growing_capture, reading_it_changes_nothing_for_the_writer) {
  const test::temporary_folder folder;
  const std::string path = folder.file("c.track.partial");
  auto writer = capture::writer::create(path, test::test_info());
  ASSERT_TRUE(writer);
  auto builder = small_process(0);
  ASSERT_TRUE(writer->checkpoint(0, ledger::encode_slot(builder.image)));
  ASSERT_TRUE(capture::reader::open(path));
  builder.end_by_exit();
  ASSERT_TRUE(writer->add_process(builder.image, test::exited()));
  ASSERT_TRUE(writer->finalize(folder.file("c.track"), {}));
  auto opened = capture::reader::open(folder.file("c.track"));
  ASSERT_TRUE(opened);
  const auto all = opened->load();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->processes.size(), 1u);
  EXPECT_FALSE(all->processes[0].from_checkpoint);
  EXPECT_TRUE(all->counters[0].surviving);
}

TEST(growing_capture, processes_left_at_the_end_are_taken_in) {
  const test::temporary_folder folder;
  auto writer = capture::writer::create(folder.file("p"), test::test_info());
  ASSERT_TRUE(writer);
  ASSERT_TRUE(writer->add_process(small_process(0).image, test::exited()));
  ASSERT_TRUE(writer->checkpoint(1, ledger::encode_slot(small_process(1).image)));
  ASSERT_TRUE(writer->finalize(folder.file("c.track"), {}));
  auto opened = capture::reader::open(folder.file("c.track"));
  ASSERT_TRUE(opened);
  const auto all = opened->load();
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->complete);
  ASSERT_EQ(all->processes.size(), 2u);
  EXPECT_EQ(all->counters[0].site, all->counters[1].site);
}

TEST(growing_capture, series_is_thinned_and_keeps_both_ends) {
  const test::temporary_folder folder;
  const std::string path = folder.file("p");
  auto writer = capture::writer::create(path, test::test_info());
  ASSERT_TRUE(writer);
  for (std::uint64_t i = 0; i < 5000; ++i) {
    ledger::process_totals totals;
    totals.live_bytes = static_cast<std::int64_t>(i);
    ASSERT_TRUE(writer->sample(0, 1000 + i, totals));
  }
  ASSERT_TRUE(writer->finalize(folder.file("c.track"), {}));
  SQLite::Database file(folder.file("c.track"), SQLite::OPEN_READONLY);
  const int count = file.execAndGet("SELECT count(*) FROM samples").getInt();
  EXPECT_GE(count, 300);
  EXPECT_LE(count, 1000);
  EXPECT_EQ(file.execAndGet("SELECT min(at_mono_ms) FROM samples").getInt(), 1000);
  EXPECT_GE(file.execAndGet("SELECT max(at_mono_ms) FROM samples").getInt(), 5980);
}

TEST(growing_capture, samples_are_in_the_file_after_a_second_or_with_the_next_step) {
  const test::temporary_folder folder;
  const std::string path = folder.file("p");
  auto writer = capture::writer::create(path, test::test_info());
  ASSERT_TRUE(writer);
  const auto stored = [&path] {
    return SQLite::Database(path).execAndGet("SELECT count(*) FROM samples").getInt();
  };
  ASSERT_TRUE(writer->sample(0, 5000, {}));
  ASSERT_TRUE(writer->sample(0, 5999, {}));
  ASSERT_TRUE(writer->sample(0, 6000, {}));
  EXPECT_EQ(stored(), 3);
  ASSERT_TRUE(writer->sample(0, 6100, {}));
  ASSERT_TRUE(writer->checkpoint(0, ledger::encode_slot(small_process(0).image)));
  EXPECT_EQ(stored(), 4);
}

TEST(growing_capture, damaged_checkpoint_is_named) {
  const test::temporary_folder folder;
  const std::string path = folder.file("p");
  {
    auto writer = capture::writer::create(path, test::test_info());
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->checkpoint(3, ledger::encode_slot(small_process(3).image)));
    SQLite::Database file(path, SQLite::OPEN_READWRITE);
    file.exec("UPDATE checkpoints SET image = x'28b52ffd00'");
  }
  const auto opened = capture::reader::open(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.failure().code, error_code::bad_input);
  EXPECT_NE(opened.failure().message.find("process 3"), std::string::npos)
      << opened.failure().message;
}

TEST(raw_ledger, every_slot_with_a_process_is_read) {
  const test::temporary_folder folder;
  auto ended = small_process(0);
  ended.end_by_exit(3);
  ended.image.state = ledger::slot_state::ended;
  const std::vector<std::vector<std::byte>> slots = {ledger::encode_slot(ended.image),
                                                     ledger::encode_slot(small_process(1).image)};
  std::size_t stride = std::max(slots[0].size(), slots[1].size());
  stride = (stride + ledger::page_bytes - 1) / ledger::page_bytes * ledger::page_bytes;
  ledger::file_header header = {};
  header.magic = ledger::file_magic;
  header.version = ledger::format_version;
  header.slot_count = 3;
  header.slot_bytes = stride;
  header.depth_frames = 64;
  std::vector<char> file(ledger::page_bytes + 3 * stride);
  std::memcpy(file.data(), &header, sizeof(header));
  for (std::size_t i = 0; i < slots.size(); ++i) {
    std::memcpy(file.data() + ledger::page_bytes + i * stride, slots[i].data(), slots[i].size());
  }
  const std::string path = folder.file("app.1.ledger");
  std::ofstream(path, std::ios::binary)
      .write(file.data(), static_cast<std::streamsize>(file.size()));

  auto opened = capture::reader::open(path);
  ASSERT_TRUE(opened) << opened.failure().message;
  const auto all = opened->load();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->processes.size(), 2u);
  EXPECT_EQ(all->processes[0].end.kind, capture::end_kind::exited);
  EXPECT_EQ(all->processes[0].end.code, 3);
  EXPECT_FALSE(all->processes[0].end.ran_under_collector);
  EXPECT_EQ(all->counters.size(), 2u);
}

}  // namespace
}  // namespace track
