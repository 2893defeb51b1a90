#include "libtrack/support/files.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <new>
#include <string>

#include <gtest/gtest.h>

namespace track {
namespace {

class files : public testing::Test {
 protected:
  files() {
    std::string pattern = (std::filesystem::temp_directory_path() / "track_files.XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~files() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  std::string folder_;
};

TEST_F(files, what_is_written_is_read_back) {
  const std::string contents(200'000, 'x');
  ASSERT_TRUE(write_file_atomically(path("a"), contents));
  const auto read = read_file(path("a"), 1 << 20);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, contents);
  const auto mapped = mapped_file::open(path("a"));
  ASSERT_TRUE(mapped);
  EXPECT_EQ(mapped->text(), contents);
  EXPECT_EQ(mapped->bytes().size(), contents.size());
}

TEST_F(files, a_written_file_is_private_and_alone) {
  ASSERT_TRUE(write_file_atomically(path("a"), "old"));
  ASSERT_TRUE(write_file_atomically(path("a"), "new"));
  struct stat status = {};
  ASSERT_EQ(stat(path("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  const auto read = read_file(path("a"), 100);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, "new");
}

TEST_F(files, a_failed_write_leaves_nothing) {
  std::filesystem::create_directory(path("d"));
  const auto written = write_file_atomically(path("d"), "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.failure().code, error_code::output);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(files, a_text_that_is_made_piece_by_piece_is_written_whole) {
  ASSERT_TRUE(write_file_atomically(path("a"), [](const text_sink& sink) {
    EXPECT_TRUE(sink("one "));
    EXPECT_TRUE(sink(""));
    EXPECT_TRUE(sink("two"));
  }));
  EXPECT_EQ(*read_file(path("a"), 100), "one two");
}

TEST_F(files, a_text_that_cannot_be_made_leaves_nothing) {
  ASSERT_TRUE(write_file_atomically(path("a"), "old"));
  EXPECT_THROW(static_cast<void>(write_file_atomically(path("a"),
                                                       [](const text_sink& sink) {
                                                         sink("new");
                                                         throw std::bad_alloc();
                                                       })),
               std::bad_alloc);
  EXPECT_EQ(*read_file(path("a"), 100), "old");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(files, errors_name_path_reason_and_advice) {
  const auto missing = read_file(path("missing"), 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.failure().message,
            "cannot open " + path("missing") + ": No such file or directory; check the path");
  EXPECT_FALSE(read_file(folder_, 10));
  EXPECT_FALSE(mapped_file::open(folder_));
  EXPECT_FALSE(mapped_file::open("/dev/null"));
}

TEST_F(files, the_limit_is_the_last_size_read) {
  ASSERT_TRUE(write_file_atomically(path("a"), "12345"));
  EXPECT_TRUE(read_file(path("a"), 5));
  EXPECT_FALSE(read_file(path("a"), 4));
}

TEST_F(files, an_empty_file_maps_to_nothing) {
  ASSERT_TRUE(write_file_atomically(path("a"), ""));
  auto mapped = mapped_file::open(path("a"));
  ASSERT_TRUE(mapped);
  EXPECT_TRUE(mapped->bytes().empty());
}

TEST_F(files, a_moved_mapping_has_one_owner) {
  ASSERT_TRUE(write_file_atomically(path("a"), "abc"));
  auto mapped = mapped_file::open(path("a"));
  ASSERT_TRUE(mapped);
  mapped_file first = std::move(*mapped);
  mapped_file second;
  second = std::move(first);
  EXPECT_EQ(second.text(), "abc");
}

TEST_F(files, a_file_without_a_size_is_read_to_its_end) {
  const auto read = read_file("/proc/self/maps", 16 << 20);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->empty());
}

}  // namespace
}  // namespace track
