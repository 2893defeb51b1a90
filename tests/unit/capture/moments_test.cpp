// What sites did over time: from the writer to the reader.
#include <algorithm>
#include <map>
#include <random>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "libtrack/capture/moment_store.hpp"
#include "libtrack/capture/reader.hpp"
#include "libtrack/ledger/encode.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track::capture {
namespace {

using test::image_builder;

image_builder process_of(std::uint32_t sites) {
  image_builder builder(0);
  for (std::uint32_t i = 0; i < sites; ++i) {
    builder.site({{"/opt/app", 0x100 + i}, {"/opt/app", 0x10}}, allocation_function::malloc, 1000,
                 10, 16);
  }
  builder.end_by_exit();
  return builder;
}

std::map<std::uint32_t, site_change> sums_of(const series& all) {
  std::map<std::uint32_t, site_change> sums;
  for (const moment& each : all) {
    for (const site_change& change : each.changes) {
      site_change& sum = sums[change.site];
      sum.site = change.site;
      sum.allocations += change.allocations;
      sum.live_blocks += change.live_blocks;
      sum.live_bytes += change.live_bytes;
    }
  }
  return sums;
}

TEST(moments, changes_survive_their_encoding) {
  std::mt19937_64 random(5);
  for (int run = 0; run < 200; ++run) {
    std::vector<site_change> changes;
    std::uint64_t site = 0;
    while (changes.size() < random() % 50) {
      site += 1 + random() % 1000;
      changes.push_back({static_cast<std::uint32_t>(site), random() >> (random() % 64),
                         static_cast<std::int64_t>(random()),
                         static_cast<std::int64_t>(random() >> 40)});
    }
    std::vector<site_change> back;
    ASSERT_TRUE(decode_changes(encode_changes(changes), back));
    EXPECT_EQ(back, changes);
  }
}

TEST(moments, damaged_ones_are_refused) {
  const std::vector<site_change> changes = {{3, 10, 4, 64}, {300, 2, -1, -16}};
  std::vector<std::byte> stored = encode_changes(changes);
  std::vector<site_change> back;
  stored.pop_back();
  EXPECT_FALSE(decode_changes(stored, back));
  EXPECT_FALSE(decode_changes({}, back));
}

TEST(moments, sums_of_two_are_by_site_and_leave_out_what_cancels) {
  const std::vector<site_change> one = {{1, 2, 2, 20}, {3, 0, 1, 10}, {5, 1, 1, 1}};
  const std::vector<site_change> other = {{2, 1, 1, 5}, {3, 0, -1, -10}, {5, 1, 0, 0}};
  const std::vector<site_change> sum = {{1, 2, 2, 20}, {2, 1, 1, 5}, {5, 2, 1, 1}};
  EXPECT_EQ(add_changes(one, other), sum);
  EXPECT_EQ(add_changes(other, one), sum);
}

TEST(moments, are_read_back_with_the_captures_sites_and_times) {
  const test::temporary_folder folder;
  auto writer = capture::writer::create(folder.file("p"), test::test_info());
  ASSERT_TRUE(writer);
  auto builder = process_of(3);
  const std::uint64_t start = builder.image.start_mono_ms;
  ASSERT_TRUE(writer->add_moment(0, start + 100, {{1, 5, 5, 80}, {3, 1, 1, 16}}));
  ASSERT_TRUE(writer->add_moment(0, start + 200, {{1, 0, -2, -32}}));
  ASSERT_TRUE(writer->add_process(builder.image, test::exited()));
  const auto path = writer->finalize(folder.file("c.track"), {});
  ASSERT_TRUE(path);
  auto opened = reader::open(*path);
  ASSERT_TRUE(opened);
  const auto all = opened->load_series();
  ASSERT_TRUE(all) << all.failure().message;
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].at_ms, 100u);
  EXPECT_EQ((*all)[1].at_ms, 200u);
  const auto contents = opened->load();
  const auto sums = sums_of(*all);
  ASSERT_EQ(sums.size(), 2u);
  for (const auto& [site, sum] : sums) {
    ASSERT_LT(site, contents->sites.size());
    EXPECT_NE(site, 0u);
  }
  const auto first = sums.begin()->second;
  EXPECT_EQ(first.allocations, 5u);
  EXPECT_EQ(first.live_blocks, 3);
  EXPECT_EQ(first.live_bytes, 48);
}

TEST(moments, of_a_long_run_are_thinned_and_lose_nothing) {
  const test::temporary_folder folder;
  auto writer = capture::writer::create(folder.file("p"), test::test_info());
  ASSERT_TRUE(writer);
  auto builder = process_of(4);
  const std::uint64_t start = builder.image.start_mono_ms;
  std::mt19937 random(11);
  std::map<std::uint32_t, std::int64_t> expected;
  constexpr std::uint64_t count = 1500;
  for (std::uint64_t i = 1; i <= count; ++i) {
    std::vector<site_change> changes;
    for (std::uint32_t site = 1; site <= 4; ++site) {
      if (random() % 3 == 0) {
        const auto blocks = static_cast<std::int64_t>(random() % 21) - 10;
        changes.push_back({site, 3, blocks, blocks * 16});
        expected[site] += blocks;
      }
    }
    ASSERT_TRUE(writer->add_moment(0, start + i * 1000, changes));
  }
  ASSERT_TRUE(writer->add_process(builder.image, test::exited()));
  const auto path = writer->finalize(folder.file("c.track"), {});
  ASSERT_TRUE(path);
  const auto all = reader::open(*path)->load_series();
  ASSERT_TRUE(all);
  EXPECT_LE(all->size(), most_moments);
  EXPECT_GE(all->size(), most_moments / 4);
  EXPECT_EQ(all->back().at_ms, count * 1000) << "the latest is there as it was";
  std::vector<std::int64_t> found;
  for (const auto& [site, sum] : sums_of(*all)) {
    found.push_back(sum.live_blocks);
  }
  std::vector<std::int64_t> wanted;
  for (const auto& [site, blocks] : expected) {
    wanted.push_back(blocks);
  }
  EXPECT_EQ(found, wanted);
}

TEST(moments, of_a_growing_capture_are_there) {
  const test::temporary_folder folder;
  const std::string path = folder.file("c.track.partial");
  auto writer = capture::writer::create(path, test::test_info());
  ASSERT_TRUE(writer);
  auto builder = process_of(2);
  builder.image.state = ledger::slot_state::live;
  const std::uint64_t start = builder.image.start_mono_ms;
  ASSERT_TRUE(writer->add_moment(0, start + 100, {{2, 5, 5, 80}}));
  ASSERT_TRUE(writer->checkpoint(0, ledger::encode_slot(builder.image)));
  const auto all = reader::open(path)->load_series();
  ASSERT_TRUE(all);
  ASSERT_EQ(all->size(), 1u);
  EXPECT_NE(all->front().changes.front().site, 0u);
}

TEST(moments, that_are_damaged_are_an_error_that_says_where) {
  const test::temporary_folder folder;
  auto writer = capture::writer::create(folder.file("p"), test::test_info());
  auto builder = process_of(1);
  ASSERT_TRUE(writer->add_moment(0, builder.image.start_mono_ms + 100, {{1, 5, 5, 80}}));
  ASSERT_TRUE(writer->add_process(builder.image, test::exited()));
  const auto path = writer->finalize(folder.file("c.track"), {});
  {
    SQLite::Database file(*path, SQLite::OPEN_READWRITE);
    file.exec("UPDATE moments SET changes = x'0011'");
  }
  const auto all = reader::open(*path)->load_series();
  ASSERT_FALSE(all);
  EXPECT_NE(all.failure().message.find("100 ms of process 0"), std::string::npos)
      << all.failure().message;
}

}  // namespace
}  // namespace track::capture
