#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/symbols/resolver.hpp"
#include "tests/unit/symbols/fixture.hpp"

namespace track::symbols {
namespace {

using test::fixture_path;
using test::function_range;
using test::workshop;

class prepared : public testing::Test {
 protected:
  void SetUp() override {
    const std::string source = fixture_path("inlines.cpp");
    ASSERT_TRUE(shop_.run("g++ -g -O2 " + source + " -o plain"));
    ASSERT_TRUE(shop_.run("objcopy --compress-debug-sections=zlib plain packed"));
    range_ = function_range(shop_, "plain", "app::outer");
    ASSERT_LT(range_.first, range_.second);
  }

  std::vector<std::vector<resolved_frame>> chains_of(resolver& names, const std::string& binary) {
    std::vector<std::uint64_t> addresses;
    for (std::uint64_t address = range_.first; address < range_.second; ++address) {
      addresses.push_back(address);
    }
    return names.resolve_many({shop_.path(binary), {}}, addresses);
  }

  workshop shop_;
  std::pair<std::uint64_t, std::uint64_t> range_;
};

TEST_F(prepared, module_answers_like_one_that_was_not) {
  resolver at_once;
  resolver names;
  const module_key module{shop_.path("plain"), {}};
  std::thread([&] { names.prepare(module); }).join();
  const auto chains = chains_of(names, "plain");
  EXPECT_EQ(chains, chains_of(at_once, "plain"));
  EXPECT_EQ(names.status(module).names, name_source::debug_info);
  EXPECT_TRUE(names.status(module).file_found);
}

TEST_F(prepared, module_is_there_though_its_file_has_gone) {
  resolver names;
  names.prepare({shop_.path("plain"), {}});
  std::filesystem::remove(shop_.path("plain"));
  const auto chains = chains_of(names, "plain");
  EXPECT_FALSE(chains.front().empty()) << "it was opened again";
}

TEST_F(prepared, several_modules_at_the_same_time_as_questions) {
  resolver at_once;
  const auto expected = chains_of(at_once, "plain");
  std::vector<module_key> modules;
  for (int i = 0; i < 20; ++i) {
    const std::string copy = "copy" + std::to_string(i);
    std::filesystem::copy_file(shop_.path(i % 2 == 0 ? "plain" : "packed"), shop_.path(copy));
    modules.push_back({shop_.path(copy), {}});
  }
  resolver names;
  std::thread other([&] {
    for (const module_key& module : modules) {
      names.prepare(module);
    }
  });
  for (int i = 0; i < 20; ++i) {
    const auto chains = chains_of(names, "copy" + std::to_string(i));
    ASSERT_EQ(chains.size(), expected.size());
    for (std::size_t at = 0; at < chains.size(); ++at) {
      ASSERT_EQ(test::text_of(chains[at]), test::text_of(expected[at]));
    }
  }
  other.join();
}

TEST_F(prepared, missing_module_has_no_names) {
  resolver names;
  const module_key module{shop_.path("nothing"), {}};
  names.prepare(module);
  EXPECT_TRUE(names.resolve(module, 0x1000).empty());
  EXPECT_FALSE(names.status(module).file_found);
  EXPECT_FALSE(names.status(module).reasons.empty());
}

TEST_F(prepared, packed_sections_give_the_same_names) {
  resolver names;
  std::string sections;
  ASSERT_TRUE(shop_.run("readelf -SW packed | grep -c ' .debug_info .* C '", &sections));
  EXPECT_EQ(sections, "1\n");
  EXPECT_EQ(chains_of(names, "packed"), chains_of(names, "plain"));
}

TEST_F(prepared, damaged_packed_sections_cost_names_only) {
  std::string offset;
  ASSERT_TRUE(
      shop_.run("readelf -SW packed | sed -n "
                "'s/.* .debug_info *PROGBITS *[0-9a-f]* *\\([0-9a-f]*\\) .*/\\1/p'",
                &offset));
  const unsigned long start = std::stoul(offset, nullptr, 16);
  // The size that it says, then a byte of what is packed.
  for (const unsigned long at : {start + 8, start + 14, start + 40}) {
    ASSERT_TRUE(shop_.run("cp packed bad && printf '\\377' | dd of=bad bs=1 conv=notrunc seek=" +
                          std::to_string(at)));
    resolver names;
    const auto chains = chains_of(names, "bad");
    ASSERT_EQ(chains.size(), range_.second - range_.first);
    EXPECT_FALSE(chains.front().empty()) << "the symbol table is whole";
  }
}

TEST_F(prepared, unit_whose_better_part_is_in_another_file_is_found_from_packed_sections) {
  ASSERT_TRUE(shop_.run("g++ -g -gsplit-dwarf -O2 " + fixture_path("inlines.cpp") + " -o split"));
  ASSERT_TRUE(shop_.run("objcopy --compress-debug-sections=zlib split split_packed"));
  range_ = function_range(shop_, "split", "app::outer");
  resolver names;
  const auto expected = chains_of(names, "split");
  ASSERT_FALSE(expected.front().empty());
  EXPECT_GT(expected.front().back().line, 0U);
  EXPECT_EQ(chains_of(names, "split_packed"), expected);
}

}  // namespace
}  // namespace track::symbols
