#include "tools/collector/still_intake.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "libtrack/capture/reader.hpp"
#include "tests/unit/capture/stream_builder.hpp"
#include "tools/collector/graph_pipe.hpp"

namespace track::tools {
namespace {

class intake_of_pipe : public testing::Test {
 protected:
  intake_of_pipe() {
    std::string name = testing::TempDir() + "track-intake-XXXXXX";
    folder_ = mkdtemp(name.data());
    pipe_ = *graph_pipe::create();
    writer_.emplace(*capture::writer::create(file("c.track"), {}));
  }
  ~intake_of_pipe() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }

  void send(std::span<const std::byte> bytes) {
    ASSERT_EQ(write(pipe_.writing_end(), bytes.data(), bytes.size()),
              static_cast<ssize_t>(bytes.size()));
  }

  std::filesystem::path folder_;
  graph_pipe pipe_;
  std::optional<capture::writer> writer_;
  still_intake intake_;
};

TEST_F(intake_of_pipe, a_still_is_waited_for_until_its_graph_is_whole) {
  const auto frames = test::small_stream().frames(3, 0, 40);
  const std::span<const std::byte> all(frames);
  EXPECT_FALSE(intake_.is_coming(3, 0, 0, 1000));
  EXPECT_TRUE(intake_.is_coming(3, 1, 0, 1000)) << "begun, and nothing heard yet";
  send(all.first(100));
  EXPECT_TRUE(intake_.drain(pipe_.reading_end(), *writer_, 1500));
  EXPECT_TRUE(intake_.is_coming(3, 1, 0, 3400));
  EXPECT_FALSE(intake_.has_last(3, 1));
  send(all.subspan(100));
  EXPECT_TRUE(intake_.drain(pipe_.reading_end(), *writer_, 3500));
  EXPECT_FALSE(intake_.is_coming(3, 1, 0, 3500));
  EXPECT_TRUE(intake_.has_last(3, 1));
  EXPECT_FALSE(intake_.has_last(3, 2));
}

TEST_F(intake_of_pipe, a_copy_that_says_nothing_more_is_given_up) {
  EXPECT_TRUE(intake_.is_coming(3, 2, 1, 1000)) << "one failed, one is to come";
  EXPECT_TRUE(intake_.is_coming(3, 2, 1, 2900));
  EXPECT_FALSE(intake_.is_coming(3, 2, 1, 3100));
  EXPECT_FALSE(intake_.is_coming(3, 2, 2, 3200)) << "both failed";
  EXPECT_TRUE(intake_.is_coming(3, 3, 2, 9000)) << "a later one has a time of its own";
  EXPECT_FALSE(intake_.is_coming(3, 3, 2, 11100));
}

TEST_F(intake_of_pipe, a_broken_graph_counts_as_ended_and_is_not_kept) {
  const auto frames = test::small_stream().frames(3, 0, 40);
  const std::span<const std::byte> all(frames);
  send(all.first(64));
  send(all.subspan(128));
  EXPECT_TRUE(intake_.drain(pipe_.reading_end(), *writer_, 1000));
  EXPECT_FALSE(intake_.is_coming(3, 1, 0, 1000));
  EXPECT_FALSE(intake_.has_last(3, 1));
}

TEST_F(intake_of_pipe, the_pipe_itself_never_ends) {
  EXPECT_TRUE(intake_.drain(pipe_.reading_end(), *writer_, 1000));
  EXPECT_NE(pipe_.inode(), 0u);
}

TEST_F(intake_of_pipe, a_file_is_taken_under_the_number_given) {
  const auto frames = test::small_stream().frames(0, 0);
  const std::string path = file("app.1.graph");
  ASSERT_TRUE(
      write_file_atomically(path, {reinterpret_cast<const char*>(frames.data()), frames.size()}));
  EXPECT_TRUE(intake_.take_file(path, 8, *writer_));
  EXPECT_TRUE(intake_.has_last(8, 1));
  EXPECT_TRUE(intake_.take_file(file("none.graph"), 9, *writer_));
  EXPECT_FALSE(intake_.has_last(9, 1));
}

}  // namespace
}  // namespace track::tools
