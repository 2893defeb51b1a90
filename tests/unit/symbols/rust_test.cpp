#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libtrack/symbols/resolver.hpp"
#include "tests/unit/symbols/fixture.hpp"

namespace track::symbols {
namespace {

using test::fixture_path;
using test::tagged_line;
using test::workshop;
using testing::HasSubstr;

class rust : public testing::TestWithParam<const char*> {};

TEST_P(rust, functions_inlines_and_lines_of_a_rust_program) {
  if (!test::has_tool("rustc")) {
    GTEST_SKIP() << "rustc is not installed (Debian package rustc)";
  }
  workshop shop;
  ASSERT_TRUE(shop.run("rustc -g -O " + std::string(GetParam()) + " '" + fixture_path("shapes.rs") +
                       "' -o program"));
  resolver names;
  const module_key module{shop.path("program"), {}};
  const auto area = function_range(shop, "program",
                                   "<shapes::shapes::Square<u64> as shapes::shapes::Area>::area");
  ASSERT_LT(area.first, area.second);
  std::vector<std::string> chains;
  for (const auto& chain : test::all_chains(names, module, area)) {
    chains.push_back(test::text_of(chain));
  }
  const std::string twice = std::to_string(tagged_line("shapes.rs", "twice"));
  const std::string in_area = std::to_string(tagged_line("shapes.rs", "area"));
  EXPECT_THAT(
      chains,
      testing::Contains(HasSubstr(
          "shapes::shapes::twice shapes.rs:" + twice +
          "+ < <shapes::shapes::Square<u64> as shapes::shapes::Area>::area shapes.rs:" + in_area)));
  EXPECT_EQ(names.status(module).names, name_source::debug_info);
}

INSTANTIATE_TEST_SUITE_P(manglings, rust, testing::Values("", "-C symbol-mangling-version=v0"),
                         [](const auto& each) { return each.index == 0 ? "standard" : "v0"; });

}  // namespace
}  // namespace track::symbols
