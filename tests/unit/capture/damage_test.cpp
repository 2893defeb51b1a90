// Whatever is done to a file, reading it ends in a value or an error.
#include <fstream>
#include <iterator>
#include <random>

#include <SQLiteCpp/SQLiteCpp.h>
#include <gtest/gtest.h>

#include "libtrack/analysis/report.hpp"
#include "libtrack/capture/reader.hpp"
#include "libtrack/capture/stack_chunks.hpp"
#include "libtrack/ledger/encode.hpp"
#include "tests/unit/capture/image_builder.hpp"

namespace track {
namespace {

constexpr unsigned seeds = 300;

std::string read_all(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write_all(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

test::image_builder busy_process(std::uint64_t number) {
  test::image_builder builder(number);
  for (std::uint64_t i = 0; i < 40; ++i) {
    builder.site({{"/opt/app", 0x100 + i}, {"/opt/lib.so", 0x20 + i % 3}, {"/opt/app", 0x10}},
                 allocation_function::malloc, 5 + i, i % 4, 24);
  }
  ledger::mismatch_image mismatch;
  mismatch.kind = ledger::mismatch_kind::family;
  mismatch.allocation_site = site_id{1};
  mismatch.release_node = builder.stack({{"/opt/app", 0x70}});
  mismatch.function = release_function::free;
  mismatch.count = 2;
  builder.image.mismatches.resize(1);
  builder.image.mismatches.push_back(mismatch);
  builder.end_by_exit();
  return builder;
}

// Reads and analyses as the commands do. Returns whether it was a value.
bool digest(const std::string& path) {
  auto opened = capture::reader::open(path);
  if (!opened) {
    EXPECT_EQ(opened.failure().code, error_code::bad_input);
    EXPECT_FALSE(opened.failure().message.empty());
    return false;
  }
  const auto all = opened->load();
  if (!all) {
    EXPECT_EQ(all.failure().code, error_code::bad_input);
    return false;
  }
  const model::report report = analysis::make_report(*all, {});
  return report.processes.size() == all->processes.size();
}

class damage : public testing::Test {
 protected:
  damage() {
    auto writer = capture::writer::create(folder_.file("p"), test::test_info());
    EXPECT_TRUE(writer->add_process(busy_process(0).image, test::exited()));
    EXPECT_TRUE(writer->add_process(busy_process(1).image, test::exited()));
    complete_ = read_all(*writer->finalize(folder_.file("c.track"), {}));
    auto growing = capture::writer::create(folder_.file("g"), test::test_info());
    EXPECT_TRUE(growing->checkpoint(0, ledger::encode_slot(busy_process(0).image)));
    growing_ = read_all(folder_.file("g"));
  }

  test::temporary_folder folder_;
  std::string complete_;
  std::string growing_;
};

TEST_F(damage, undamaged_files_are_values) {
  write_all(folder_.file("x"), complete_);
  EXPECT_TRUE(digest(folder_.file("x")));
  write_all(folder_.file("x"), growing_);
  EXPECT_TRUE(digest(folder_.file("x")));
}

TEST_F(damage, truncated_files_are_refused) {
  for (std::size_t part = 0; part < 40; ++part) {
    write_all(folder_.file("x"), complete_.substr(0, complete_.size() * part / 40));
    EXPECT_FALSE(digest(folder_.file("x"))) << part;
  }
}

TEST_F(damage, flipped_bits_never_crash) {
  for (unsigned seed = 0; seed < seeds; ++seed) {
    std::mt19937 random(seed);
    std::string bytes = seed % 2 == 0 ? complete_ : growing_;
    for (unsigned i = 0; i < 1 + seed % 8; ++i) {
      const std::size_t at = random() % bytes.size();
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8)));
    }
    write_all(folder_.file("x"), bytes);
    SCOPED_TRACE(seed);
    static_cast<void>(digest(folder_.file("x")));
  }
}

// Rows that are well-formed SQLite and nonsense.
class forged : public damage {
 protected:
  bool digest_after(const std::string& sql) {
    const std::string path = folder_.file("forged");
    write_all(path, complete_);
    {
      SQLite::Database file(path, SQLite::OPEN_READWRITE);
      file.exec(sql);
    }
    return digest(path);
  }
};

TEST_F(forged, ids_that_point_nowhere_are_refused) {
  EXPECT_FALSE(digest_after("UPDATE sites SET stack = 123456"));
  EXPECT_FALSE(digest_after("UPDATE sites SET function = 77"));
  EXPECT_FALSE(digest_after("UPDATE frames SET module = 50"));
  EXPECT_FALSE(digest_after("UPDATE counters SET process = 9 WHERE process = 1"));
  EXPECT_FALSE(digest_after("UPDATE counters SET site = 4000 WHERE site = 2"));
  EXPECT_FALSE(digest_after("UPDATE mismatches SET kind = 9"));
  EXPECT_FALSE(
      digest_after("UPDATE processes SET end_kind = 'soon'; UPDATE processes SET origin = 8"));
}

TEST_F(forged, stacks_that_make_no_sense_are_refused) {
  EXPECT_FALSE(digest_after("DELETE FROM stack_chunks"));
  EXPECT_FALSE(digest_after("UPDATE stack_chunks SET first = 2"));
  EXPECT_FALSE(digest_after("UPDATE stack_chunks SET count = count + 1"));
  EXPECT_FALSE(digest_after("UPDATE stack_chunks SET count = count - 1"));
  EXPECT_FALSE(digest_after("UPDATE stack_chunks SET count = -1"));
  EXPECT_FALSE(digest_after("UPDATE stack_chunks SET nodes = NULL"));
  EXPECT_FALSE(digest_after("UPDATE stack_chunks SET nodes = x'28b52ffd00'"));
  EXPECT_FALSE(
      digest_after("INSERT INTO stack_chunks SELECT first + count + 1, count, nodes "
                   "FROM stack_chunks"));
}

TEST_F(forged, callers_that_come_later_and_frames_that_are_nowhere_are_refused) {
  const auto with = [this](std::vector<capture::stack_row> rows) {
    std::string hex;
    for (const std::byte each : capture::encode_chunk(rows, 1)) {
      constexpr const char* digits = "0123456789abcdef";
      hex += {digits[std::to_integer<int>(each) >> 4], digits[std::to_integer<int>(each) & 15]};
    }
    return digest_after(
        "UPDATE sites SET stack = 1; UPDATE mismatches SET release_stack = 1; "
        "UPDATE stack_chunks SET count = " +
        std::to_string(rows.size()) + ", nodes = x'" + hex + "'");
  };
  EXPECT_TRUE(with({{0, 1}, {1, 2}}));
  EXPECT_FALSE(with({{1, 1}, {1, 2}}));
  EXPECT_FALSE(with({{2, 1}, {1, 2}}));
  EXPECT_FALSE(with({{0, 1}, {1, 99999}}));
}

TEST_F(forged, a_query_over_broken_stacks_says_so) {
  const std::string path = folder_.file("forged");
  static_cast<void>(digest_after("UPDATE stack_chunks SET nodes = x'00'"));
  auto opened = capture::reader::open(path);
  ASSERT_TRUE(opened);
  const auto done = opened->query("SELECT * FROM v1_stacks",
                                  {[](const auto&) {}, [](const auto&) { return true; }});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.failure().code, error_code::bad_input);
  EXPECT_NE(done.failure().message.find("stacks"), std::string::npos) << done.failure().message;
}

TEST_F(forged, giant_counts_are_numbers_like_any_other) {
  EXPECT_TRUE(
      digest_after("UPDATE counters SET allocations = 9223372036854775807, "
                   "bytes_allocated = 9223372036854775807, frees = 0, bytes_freed = 0, "
                   "surviving_blocks = 9223372036854775807, surviving_bytes = "
                   "9223372036854775807, peak_bytes = -9223372036854775807"));
  EXPECT_TRUE(
      digest_after("UPDATE processes SET start_unix_ms = 9223372036854775807, peak_bytes "
                   "= -9223372036854775808, duration_ms = -1, args = '[\"'"));
}

TEST_F(forged, schema_that_is_not_ours_is_refused) {
  EXPECT_FALSE(digest_after("CREATE TRIGGER t AFTER INSERT ON meta BEGIN SELECT 1; END"));
  EXPECT_FALSE(digest_after("CREATE VIEW v1_more AS SELECT 1"));
  EXPECT_FALSE(digest_after("PRAGMA application_id = 1"));
  EXPECT_FALSE(digest_after("DROP TABLE samples"));
}

TEST_F(forged, newer_schema_is_named_as_such) {
  const std::string path = folder_.file("newer");
  write_all(path, complete_);
  {
    SQLite::Database file(path, SQLite::OPEN_READWRITE);
    file.exec("PRAGMA user_version = 99");
  }
  const auto opened = capture::reader::open(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.failure().code, error_code::bad_input);
  EXPECT_NE(opened.failure().message.find("newer track"), std::string::npos);
}

TEST_F(forged, older_schema_is_named_as_such) {
  const std::string path = folder_.file("older");
  write_all(path, complete_);
  {
    SQLite::Database file(path, SQLite::OPEN_READWRITE);
    file.exec("PRAGMA user_version = 1");
  }
  const auto opened = capture::reader::open(path);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.failure().code, error_code::bad_input);
  EXPECT_NE(opened.failure().message.find("older track"), std::string::npos);
}

TEST_F(forged, foreign_files_say_what_they_are_not) {
  for (const auto& [path, content] : {std::pair{folder_.file("t"), "hello, I am a text file"},
                                      std::pair{folder_.file("e"), ""}}) {
    write_all(path, content);
    const auto opened = capture::reader::open(path);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.failure().code, error_code::bad_input);
  }
  EXPECT_FALSE(capture::reader::open(folder_.file("missing")));
  EXPECT_FALSE(capture::reader::open("/"));
  EXPECT_FALSE(capture::reader::open("/dev/zero"));
}

}  // namespace
}  // namespace track
