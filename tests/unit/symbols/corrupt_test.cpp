#include <algorithm>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "libtrack/support/files.hpp"
#include "libtrack/symbols/resolver.hpp"
#include "tests/unit/symbols/fixture.hpp"

namespace track::symbols {
namespace {

// Reads names of a damaged copy of a program; that nothing crashes or hangs is the test.
class corrupt : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    ASSERT_TRUE(shop_.run(std::string(GetParam()) + " '" + test::fixture_path("inlines.cpp") +
                          "' -o program"));
    const auto contents = read_file(shop_.path("program"), 16 << 20);
    ASSERT_TRUE(contents);
    contents_ = *contents;
    for (const char* name : {"app::outer", "app::local", "plain", "main"}) {
      const auto range = test::function_range(shop_, "program", name);
      for (std::uint64_t address = range.first; address < range.second; address += 3) {
        addresses_.push_back(address);
      }
    }
    ASSERT_GT(addresses_.size(), 20U);
  }

  // Chains with a name among the answers.
  std::size_t names_in(const std::string& damaged) {
    std::ofstream(shop_.path("damaged"), std::ios::binary) << damaged;
    resolver names;
    const module_key module{shop_.path("damaged"), {}};
    const auto chains = names.resolve_many(module, addresses_);
    EXPECT_EQ(chains.size(), addresses_.size());
    std::size_t named = 0;
    for (const auto& chain : chains) {
      named += chain.empty() ? 0 : 1;
      EXPECT_TRUE(chain.empty() || !chain.back().inlined);
    }
    return named;
  }

  test::workshop shop_;
  std::string contents_;
  std::vector<std::uint64_t> addresses_;
};

TEST_P(corrupt, undamaged_everything_has_a_name) {
  EXPECT_EQ(names_in(contents_), addresses_.size());
}

TEST_P(corrupt, cut_off_anywhere) {
  std::mt19937 random(1);
  for (int seed = 0; seed < 150; ++seed) {
    names_in(contents_.substr(0, random() % contents_.size()));
  }
}

TEST_P(corrupt, bits_flipped_anywhere) {
  std::size_t named = 0;
  for (unsigned seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    std::string damaged = contents_;
    const unsigned flips = 1U << (seed % 12);
    for (unsigned i = 0; i < flips; ++i) {
      damaged[random() % damaged.size()] ^= static_cast<char>(1U << (random() % 8));
    }
    named += names_in(damaged);
  }
  EXPECT_GT(named, 0U);  // else the damage never got as far as the DWARF
}

TEST_P(corrupt, runs_of_bytes_overwritten) {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed + 1'000);
    std::string damaged = contents_;
    // Behind the headers, so that the sections are still found.
    const std::size_t start = 4'096 + random() % (damaged.size() - 8'192);
    const char value = static_cast<char>(seed % 3 == 0 ? 0xff : seed % 3 == 1 ? 0 : random());
    for (std::size_t i = start; i < std::min(damaged.size(), start + 1 + random() % 256); ++i) {
      damaged[i] = value;
    }
    names_in(damaged);
  }
}

constexpr const char* compilers[] = {"g++ -g -gdwarf-5 -O2", "g++ -g -gdwarf-4 -O2 -gz",
                                     "clang++ -g -gdwarf-5 -O2"};
constexpr const char* compiler_names[] = {"gcc_dwarf5", "gcc_dwarf4_compressed", "clang_dwarf5"};

INSTANTIATE_TEST_SUITE_P(programs, corrupt, testing::ValuesIn(compilers),
                         [](const auto& each) { return std::string(compiler_names[each.index]); });

}  // namespace
}  // namespace track::symbols
