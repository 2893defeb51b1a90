#include "tools/defaults_file.hpp"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/unit/capture/image_builder.hpp"

namespace track::tools {
namespace {

namespace fs = std::filesystem;

std::vector<option_default> parsed(const std::string& text) {
  auto read = parse_defaults(text, "/p/.track.toml");
  EXPECT_TRUE(read) << (read ? "" : read.failure().message);
  return read ? *read : std::vector<option_default>();
}

void refused(const std::string& text, error_code code, const std::string& message) {
  const auto read = parse_defaults(text, "/p/.track.toml");
  ASSERT_FALSE(read) << text;
  EXPECT_EQ(read.failure().code, code) << read.failure().message;
  EXPECT_NE(read.failure().message.find(message), std::string::npos) << read.failure().message;
}

TEST(defaults_file, each_key_becomes_its_option_with_paths_relative_to_the_file) {
  const auto all = parsed(
      "suppressions = ['a.supp', '/x/b.supp', '../c.supp']\nbaseline = 'd/leaks.txt'\n"
      "source-root = 'src'\npath-map = ['/build=here', '/gone=', '/abs=/y']\n"
      "fail-on = ['lost', 'incomplete']\nskip = ['*/git']\n");
  ASSERT_EQ(all.size(), 6u);
  const auto values = [&all](const std::string& option) {
    for (const option_default& each : all) {
      if (each.option == option) {
        return each.values;
      }
    }
    return std::vector<std::string>{"absent"};
  };
  using words = std::vector<std::string>;
  EXPECT_EQ(values("--suppressions"), (words{"/p/a.supp", "/x/b.supp", "/c.supp"}));
  EXPECT_EQ(values("--baseline"), words{"/p/d/leaks.txt"});
  EXPECT_EQ(values("--source-root"), words{"/p/src"});
  EXPECT_EQ(values("--path-map"), (words{"/build=/p/here", "/gone=", "/abs=/y"}));
  EXPECT_EQ(values("--fail-on"), (words{"lost", "incomplete"}));
  EXPECT_EQ(values("--skip"), words{"*/git"});
  EXPECT_TRUE(parsed("").empty());
  EXPECT_EQ(option_names_of_defaults().size(), 6u);
}

TEST(defaults_file, mistakes_are_told_with_file_line_and_column) {
  refused("\n  baselin = 'x'", error_code::usage,
          "/p/.track.toml:2:3: unknown key 'baselin'; did you mean 'baseline'?");
  refused("output = 'x'", error_code::usage,
          ":1:1: unknown key 'output'; there are baseline, fail-on, path-map, skip, source-root, "
          "suppressions");
  refused("[run]\nskip = ['x']", error_code::usage, "unknown key 'run'");
  refused("\"\\u001b[2Jx\" = 1", error_code::usage, "unknown key '\\x1b[2Jx'");
  refused("baseline = 3", error_code::usage,
          ":1:12: baseline takes a string; write baseline = \"leaks.txt\"");
  refused("baseline = ['a']", error_code::usage, "baseline takes a string");
  refused("skip = 'x'", error_code::usage, ":1:8: skip takes a list of strings; write skip = [");
  refused("skip = ['x',\n 7]", error_code::usage, ":2:2: skip takes a list of strings");
  refused("skip = []", error_code::usage, "skip is empty; leave the line out");
  refused("baseline = ''", error_code::usage, "baseline is an empty string");
  refused("baseline = \"a\\u0000b\"", error_code::usage, "NUL");
  refused("path-map = ['/a']", error_code::usage, "'/a' is not FROM=TO");
  refused("path-map = ['=x']", error_code::usage, "'=x' is not FROM=TO");
  for (const char* outside : {"..", "/", "/etc", "src/../..", "/pp"}) {
    refused("source-root = '" + std::string(outside) + "'", error_code::usage,
            "source-root leaves the folder of this file; give --source-root on the command line");
  }
  EXPECT_EQ(parsed("source-root = '/p/src'").front().values.front(), "/p/src");
  EXPECT_EQ(parsed("source-root = '.'").front().values.front(), "/p/");
  refused("fail-on = ['leaks']", error_code::usage, "'leaks' is no kind of finding");
}

TEST(defaults_file, what_is_no_toml_is_bad_input) {
  refused("skip = [\n", error_code::bad_input, "/p/.track.toml:");
  refused("a = 1\na = 2", error_code::bad_input, ":2:5: is no TOML: ");
  refused("x = \xff", error_code::bad_input, "--no-config");
  refused("a = " + std::string(100000, '['), error_code::bad_input, "is no TOML");
  const auto read = read_defaults("/p/no/such/.track.toml");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.failure().code, error_code::bad_input);
}

class defaults_search : public testing::Test {
 protected:
  std::string folder(const std::string& name) {
    fs::create_directories(files_.file(name));
    return fs::canonical(files_.file(name)).string();
  }
  void put(const std::string& name) { std::ofstream(files_.file(name)) << ""; }
  std::string found(const std::string& start) {
    const auto path = find_defaults_file(folder(start));
    return path ? fs::relative(*path, fs::canonical(files_.file("."))).string() : "none";
  }

  test::temporary_folder files_;
};

TEST_F(defaults_search, the_nearest_up_to_the_root_of_the_repository) {
  folder("outer/repo/.git");
  folder("outer/repo/a/b");
  put("outer/.track.toml");
  EXPECT_EQ(found("outer/repo/a/b"), "none");
  put("outer/repo/.track.toml");
  EXPECT_EQ(found("outer/repo/a/b"), "outer/repo/.track.toml");
  EXPECT_EQ(found("outer/repo"), "outer/repo/.track.toml");
  put("outer/repo/a/.track.toml");
  EXPECT_EQ(found("outer/repo/a/b"), "outer/repo/a/.track.toml");
}

TEST_F(defaults_search, a_worktree_has_a_file_for_its_git) {
  folder("tree/sub");
  put("tree/.git");
  put("tree/.track.toml");
  EXPECT_EQ(found("tree/sub"), "tree/.track.toml");
}

TEST_F(defaults_search, outside_a_repository_the_folder_alone_counts) {
  folder("plain/sub");
  put("plain/.track.toml");
  EXPECT_EQ(found("plain/sub"), "none");
  EXPECT_EQ(found("plain"), "plain/.track.toml");
}

}  // namespace
}  // namespace track::tools
