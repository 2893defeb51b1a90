#include "tools/collector/output_name.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

namespace track::tools {
namespace {

const name_parts parts{"/usr/bin/app", 42, "box"};

std::string expanded(const std::string& pattern) {
  const auto name = expand_name(pattern, parts);
  return name ? *name : "refused: " + name.failure().message;
}

TEST(output_name, patterns_are_expanded) {
  setenv("TRACK_TEST_VARIABLE", "value", 1);
  EXPECT_EQ(expanded("plain.track"), "plain.track");
  EXPECT_EQ(expanded("%n.%p.%h.track"), "app.42.box.track");
  EXPECT_EQ(expanded("%q{TRACK_TEST_VARIABLE}-%%"), "value-%");
}

TEST(output_name, the_time_is_fifteen_characters) {
  EXPECT_EQ(expanded("%t").size(), 15u);
}

TEST(output_name, unknown_letters_and_missing_variables_are_refused) {
  unsetenv("TRACK_TEST_MISSING");
  EXPECT_NE(expanded("%x").find("refused"), std::string::npos);
  EXPECT_NE(expanded("end%").find("refused"), std::string::npos);
  EXPECT_NE(expanded("%q{TRACK_TEST_MISSING}").find("TRACK_TEST_MISSING is not set"),
            std::string::npos);
  EXPECT_NE(expanded("%qX").find("refused"), std::string::npos);
  EXPECT_NE(expanded("%q{open").find("refused"), std::string::npos);
  EXPECT_NE(expanded("").find("refused"), std::string::npos);
}

class default_name_in_folder : public testing::Test {
 protected:
  default_name_in_folder() {
    std::string name = testing::TempDir() + "track-name-XXXXXX";
    folder_ = mkdtemp(name.data());
    before_ = std::filesystem::current_path();
    std::filesystem::current_path(folder_);
  }
  ~default_name_in_folder() override {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(folder_);
  }

 private:
  std::filesystem::path folder_;
  std::filesystem::path before_;
};

TEST_F(default_name_in_folder, is_the_program_and_its_pid) {
  EXPECT_EQ(free_name(default_name(parts)), "app.42.track");
}

TEST_F(default_name_in_folder, a_taken_one_gets_a_number) {
  std::ofstream("app.42.track") << "taken";
  std::ofstream("app.42.2.track.partial") << "growing";
  EXPECT_EQ(free_name(default_name(parts)), "app.42.3.track");
  std::ofstream("other") << "taken";
  EXPECT_EQ(free_name("other"), "other.2");
}

}  // namespace
}  // namespace track::tools
