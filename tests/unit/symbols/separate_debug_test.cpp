#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libtrack/symbols/resolver.hpp"
#include "tests/unit/symbols/fixture.hpp"

namespace track::symbols {
namespace {

using test::build_id_of;
using test::build_id_path;
using test::fixture_path;
using test::function_range;
using test::workshop;

// A shared library, its debug file, and the library without any.
class separate_debug : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(shop_.run("g++ -g -O2 -fPIC -shared -DLIBRARY -Wl,--build-id " +
                          fixture_path("inlines.cpp") +
                          " -o full.so && objcopy --only-keep-debug full.so part.debug && "
                          "strip full.so -o bare.so && mkdir -p debug .debug"));
    module_ = {shop_.path("bare.so"), build_id_of(shop_, "full.so")};
    ASSERT_EQ(module_.build_id.size(), 20U);
    outer_ = function_range(shop_, "full.so", "app::outer");
    local_ = function_range(shop_, "full.so", "app::local");
    options_.debug_dirs = {shop_.path("debug")};
  }

  void put_by_build_id(const std::string& root, const std::string& file) {
    const std::string target = root + "/" + build_id_path(module_.build_id) + ".debug";
    std::filesystem::create_directories(std::filesystem::path(target).parent_path());
    std::filesystem::copy_file(shop_.path(file), target);
  }

  module_status expect_lines() {
    resolver names(options_);
    const auto chain = names.resolve(module_, outer_.first);
    EXPECT_FALSE(chain.empty());
    EXPECT_TRUE(chain.empty() || chain.back().line > 0);
    const module_status status = names.status(module_);
    EXPECT_EQ(status.names, name_source::debug_info);
    return status;
  }

  module_status expect_no_lines() {
    resolver names(options_);
    const auto chain = names.resolve(module_, outer_.first);
    EXPECT_TRUE(chain.empty() || chain.back().line == 0);
    return names.status(module_);
  }

  workshop shop_;
  module_key module_;
  resolver_options options_;
  std::pair<std::uint64_t, std::uint64_t> outer_;
  std::pair<std::uint64_t, std::uint64_t> local_;
};

TEST_F(separate_debug, is_found_by_build_id) {
  put_by_build_id(shop_.path("debug"), "part.debug");
  const module_status status = expect_lines();
  EXPECT_EQ(status.debug_file, shop_.path("debug/" + build_id_path(module_.build_id) + ".debug"));
  EXPECT_TRUE(status.file_found);
}

TEST_F(separate_debug, is_found_by_build_id_when_the_module_is_gone) {
  put_by_build_id(shop_.path("debug"), "part.debug");
  std::filesystem::remove(module_.path);
  EXPECT_FALSE(expect_lines().file_found);
}

TEST_F(separate_debug, is_found_in_a_system_root) {
  put_by_build_id(shop_.path("root") + "/usr/lib/debug", "part.debug");
  std::filesystem::create_directories(shop_.path("root/opt"));
  std::filesystem::rename(module_.path, shop_.path("root/opt/bare.so"));
  module_.path = "/opt/bare.so";
  options_.debug_dirs = {"/usr/lib/debug"};
  options_.sysroot = shop_.path("root");
  EXPECT_TRUE(expect_lines().file_found);
}

TEST_F(separate_debug, is_found_by_debuglink_beside_the_module) {
  ASSERT_TRUE(shop_.run("objcopy --add-gnu-debuglink=part.debug bare.so"));
  EXPECT_EQ(expect_lines().debug_file, shop_.path("part.debug"));
  ASSERT_TRUE(shop_.run("mv part.debug .debug/"));
  EXPECT_EQ(expect_lines().debug_file, shop_.path(".debug/part.debug"));
  ASSERT_TRUE(shop_.run("mkdir -p debug$PWD && mv .debug/part.debug debug$PWD/"));
  EXPECT_EQ(expect_lines().debug_file, shop_.path("debug") + shop_.folder() + "/part.debug");
}

TEST_F(separate_debug, of_a_wrong_checksum_is_not_used) {
  ASSERT_TRUE(shop_.run("objcopy --add-gnu-debuglink=part.debug bare.so && echo >> part.debug"));
  const module_status status = expect_no_lines();
  EXPECT_EQ(status.names, name_source::dynamic_symbols);
  EXPECT_THAT(status.reasons, testing::Contains(testing::HasSubstr("checksum")));
}

TEST_F(separate_debug, of_another_build_id_is_not_used) {
  ASSERT_TRUE(shop_.run("g++ -g -O1 -fPIC -shared -DLIBRARY -Wl,--build-id " +
                        fixture_path("inlines.cpp") + " -o other.so"));
  put_by_build_id(shop_.path("debug"), "other.so");
  EXPECT_EQ(expect_no_lines().names, name_source::dynamic_symbols);
}

TEST_F(separate_debug, another_file_at_the_path_is_not_used) {
  ASSERT_TRUE(shop_.run("g++ -g -O1 -fPIC -shared -DLIBRARY -Wl,--build-id " +
                        fixture_path("inlines.cpp") + " -o bare.so"));
  module_status status = expect_no_lines();
  EXPECT_TRUE(status.build_id_differs);
  EXPECT_FALSE(status.file_found);
  EXPECT_EQ(status.names, name_source::none);
  EXPECT_THAT(status.reasons, testing::Contains(testing::HasSubstr("another file")));

  put_by_build_id(shop_.path("debug"), "part.debug");
  status = expect_lines();
  EXPECT_TRUE(status.build_id_differs);
}

TEST_F(separate_debug, without_any_dynamic_symbols_name_what_they_cover) {
  resolver names(options_);
  const auto outer = names.resolve(module_, outer_.first + 1);
  ASSERT_EQ(outer.size(), 1U);
  EXPECT_EQ(outer[0], (resolved_frame{"app::outer(int, char const*)", "", 0, false}));
  EXPECT_TRUE(names.resolve(module_, local_.first + 1).empty());
  EXPECT_TRUE(names.resolve(module_, 0).empty());
}

TEST_F(separate_debug, symbols_without_lines_name_static_functions_too) {
  ASSERT_TRUE(shop_.run("strip --strip-debug full.so -o bare.so"));
  resolver names(options_);
  const auto local = names.resolve(module_, local_.first + 1);
  ASSERT_EQ(local.size(), 1U);
  EXPECT_EQ(local[0].function, "app::local(unsigned long, int (*)(int))");
  EXPECT_EQ(names.status(module_).names, name_source::symbols);
}

TEST_F(separate_debug, shared_with_another_by_dwz) {
  if (!test::has_tool("dwz")) {
    GTEST_SKIP() << "dwz is not installed";
  }
  ASSERT_TRUE(
      shop_.run("cp full.so one.so && cp full.so two.so && "
                "dwz -L none -l none -m common.debug -M $PWD/common.debug one.so two.so"));
  module_.path = shop_.path("one.so");
  EXPECT_TRUE(expect_lines().reasons.empty());
  std::filesystem::remove(shop_.path("common.debug"));
  resolver names(options_);
  names.resolve(module_, outer_.first);
  EXPECT_THAT(names.status(module_).reasons, testing::Contains(testing::HasSubstr("common.debug")));
}

}  // namespace
}  // namespace track::symbols
