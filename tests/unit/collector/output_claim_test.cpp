#include "tools/collector/output_claim.hpp"

#include <filesystem>
#include <fstream>
#include <optional>

#include <gtest/gtest.h>

#include "libtrack/capture/writer.hpp"

namespace track::tools {
namespace {

namespace fs = std::filesystem;

class output_claims : public testing::Test {
 protected:
  output_claims() {
    std::string name = testing::TempDir() + "track-claim-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~output_claims() override { fs::remove_all(folder_); }

  std::string file(const std::string& name) const { return (folder_ / name).string(); }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  std::string text_of(const std::string& name) const {
    std::ifstream stream(folder_ / name);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  fs::path folder_;
};

TEST_F(output_claims, a_second_one_of_the_same_name_is_refused_until_the_first_is_gone) {
  std::optional<result<output_claim>> first =
      output_claim::take(file("it.track"), taken_name::replaced);
  ASSERT_TRUE(*first);
  const auto second = output_claim::take(file("it.track"), taken_name::replaced);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.failure().code, error_code::output);
  EXPECT_NE(second.failure().message.find("another track is recording"), std::string::npos);
  first.reset();
  EXPECT_TRUE(output_claim::take(file("it.track"), taken_name::replaced));
}

TEST_F(output_claims, a_name_that_nobody_chose_is_numbered) {
  const auto first = output_claim::take(file("it.track"), taken_name::numbered);
  const auto second = output_claim::take(file("it.track"), taken_name::numbered);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->path(), file("it.track"));
  EXPECT_EQ(second->path(), file("it.2.track"));
}

TEST_F(output_claims, the_lock_holds_while_the_capture_is_written_and_finished) {
  auto claim = output_claim::take(file("it.track"), taken_name::replaced);
  ASSERT_TRUE(claim);
  auto writer = capture::writer::create(claim->partial(), {});
  ASSERT_TRUE(writer);
  EXPECT_FALSE(output_claim::take(file("it.track"), taken_name::replaced));
  ASSERT_TRUE(writer->finalize(claim->path(), {}));
  // The name is free again, the finished file stays.
  EXPECT_TRUE(output_claim::take(file("it.track"), taken_name::replaced));
  EXPECT_GT(fs::file_size(file("it.track")), 0u);
}

TEST_F(output_claims, what_a_dead_track_left_is_put_aside_with_its_journal) {
  write("it.track", "finished");
  write("it.track.partial", "growing");
  write("it.track.partial-journal", "journal");
  const auto claim = output_claim::take(file("it.track"), taken_name::replaced);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->kept(), file("it.2.track.partial"));
  EXPECT_EQ(text_of("it.2.track.partial"), "growing");
  EXPECT_EQ(text_of("it.2.track.partial-journal"), "journal");
  EXPECT_EQ(text_of("it.track"), "finished");
}

TEST_F(output_claims, an_empty_left_over_is_worth_nothing) {
  write("it.track.partial", "");
  const auto claim = output_claim::take(file("it.track"), taken_name::replaced);
  ASSERT_TRUE(claim);
  EXPECT_EQ(claim->kept(), "");
}

TEST_F(output_claims, folders_devices_and_links_are_refused) {
  fs::create_directory(folder_ / "folder");
  EXPECT_FALSE(output_claim::take(file("folder"), taken_name::replaced));
  fs::create_symlink("/dev/null", folder_ / "null.track");
  EXPECT_FALSE(output_claim::take(file("null.track"), taken_name::replaced));
  fs::create_symlink(folder_ / "elsewhere", folder_ / "it.track.partial");
  EXPECT_FALSE(output_claim::take(file("it.track"), taken_name::replaced));
  EXPECT_FALSE(fs::exists(folder_ / "elsewhere"));
  EXPECT_FALSE(output_claim::take(file("absent/it.track"), taken_name::replaced));
}

TEST_F(output_claims, given_up_it_leaves_nothing) {
  auto claim = output_claim::take(file("it.track"), taken_name::replaced);
  ASSERT_TRUE(claim);
  claim->give_up();
  EXPECT_TRUE(fs::is_empty(folder_));
}

}  // namespace
}  // namespace track::tools
