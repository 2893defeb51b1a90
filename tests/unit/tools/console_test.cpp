#include "tools/console.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "libtrack/support/files.hpp"

namespace track::tools {
namespace {

namespace fs = std::filesystem;

class output : public testing::Test {
 protected:
  output() {
    std::string pattern = (fs::temp_directory_path() / "track_output.XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  ~output() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string contents(const std::string& name) const {
    const auto read = read_file(path(name), 1000);
    return read ? *read : "(none)";
  }
  void put(const std::string& name, const std::string& text, mode_t mode) const {
    std::ofstream(path(name)) << text;
    chmod(path(name).c_str(), mode);
  }
  std::ptrdiff_t files() const { return std::distance(fs::directory_iterator(folder_), {}); }

  std::string folder_;
};

mode_t mode_of(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 ? info.st_mode & 07777 : 0;
}

TEST_F(output, a_new_file_has_the_mode_that_any_program_gives) {
  const mode_t mask = umask(027);
  const auto written = write_output(path("new"), "text");
  umask(mask);
  ASSERT_TRUE(written);
  EXPECT_EQ(contents("new"), "text");
  EXPECT_EQ(mode_of(path("new")), 0640u);
  EXPECT_EQ(files(), 1);
}

TEST_F(output, an_old_file_is_replaced_and_keeps_its_mode) {
  put("old", "much longer than the new one", 0604);
  ASSERT_TRUE(write_output(path("old"), "short"));
  EXPECT_EQ(contents("old"), "short");
  EXPECT_EQ(mode_of(path("old")), 0604u);
  EXPECT_EQ(files(), 1);
}

TEST_F(output, a_link_stays_and_leads_to_what_is_written) {
  put("old", "old", 0644);
  fs::create_symlink("old", path("link"));
  ASSERT_TRUE(write_output(path("link"), "new"));
  EXPECT_TRUE(fs::is_symlink(path("link")));
  EXPECT_EQ(contents("old"), "new");
  fs::create_symlink("absent", path("dangling"));
  ASSERT_TRUE(write_output(path("dangling"), "made"));
  EXPECT_EQ(contents("absent"), "made");
}

TEST_F(output, what_cannot_be_written_is_told_with_its_name) {
  for (const std::string& place : {std::string("/dev/full"), path("absent/file"), folder_}) {
    const auto written = write_output(place, "text");
    ASSERT_FALSE(written) << place;
    EXPECT_EQ(written.failure().code, error_code::output);
    EXPECT_NE(written.failure().message.find(place), std::string::npos)
        << written.failure().message;
  }
  EXPECT_EQ(files(), 0);
}

}  // namespace
}  // namespace track::tools
