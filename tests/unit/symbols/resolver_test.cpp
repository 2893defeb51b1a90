#include "libtrack/symbols/resolver.hpp"

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/symbols/fixture.hpp"

namespace track::symbols {
namespace {

using test::all_chains;
using test::fixture_path;
using test::function_range;
using test::text_of;
using test::workshop;
using testing::Contains;
using testing::IsSupersetOf;

std::string line(const std::string& tag) {
  return std::to_string(test::tagged_line("inlines.cpp", tag));
}

std::vector<std::string> texts(const std::vector<std::vector<resolved_frame>>& chains) {
  std::vector<std::string> out;
  for (const auto& chain : chains) {
    out.push_back(text_of(chain));
  }
  return out;
}

struct recipe {
  const char* name;
  const char* command;  // compiles $SRC to "program"
};

std::ostream& operator<<(std::ostream& out, const recipe& r) {
  return out << r.name;
}

class compiled : public testing::TestWithParam<recipe> {
 protected:
  void SetUp() override {
    const std::string compiler(GetParam().command, 0, std::string(GetParam().command).find(' '));
    if (!test::has_tool(compiler)) {
      GTEST_SKIP() << compiler << " is not installed";
    }
    ASSERT_TRUE(shop_.run("SRC='" + fixture_path("inlines.cpp") + "'; " + GetParam().command));
    module_.path = shop_.path("program");
  }

  std::vector<std::string> chains_in(std::string_view function) {
    return texts(all_chains(names_, module_, function_range(shop_, "program", function)));
  }

  workshop shop_;
  resolver names_;
  module_key module_;
};

TEST_P(compiled, inline_chains_have_names_files_and_call_sites) {
  const std::string in = " inlines.cpp:";
  const std::string outer = "app::outer(int, char const*)" + in;
  EXPECT_THAT(
      chains_in("app::outer"),
      IsSupersetOf({"app::innermost(int)" + in + line("innermost") +
                        "+ < app::widget::widget(long)" + in + line("constructor") + "+ < " +
                        outer + line("outer_constructor"),
                    "app::innermost(int)" + in + line("innermost") +
                        "+ < app::(anonymous namespace)::middle(app::widget const&, char const*)" +
                        in + line("middle") + "+ < " + outer + line("outer_middle")}));
}

TEST_P(compiled, plain_and_static_functions) {
  EXPECT_THAT(chains_in("plain"), Contains("plain inlines.cpp:" + line("plain")));
  EXPECT_THAT(chains_in("app::local"),
              Contains("app::local(unsigned long, int (*)(int)) inlines.cpp:" + line("local")));
  const module_status status = names_.status(module_);
  EXPECT_EQ(status.names, name_source::debug_info);
  EXPECT_TRUE(status.file_found);
  EXPECT_THAT(status.reasons, testing::IsEmpty());
}

TEST_P(compiled, files_are_absolute) {
  for (const auto& chain :
       all_chains(names_, module_, function_range(shop_, "program", "app::outer"))) {
    for (const resolved_frame& frame : chain) {
      EXPECT_EQ(frame.file, fixture_path("inlines.cpp"));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    recipes, compiled,
    testing::Values(
        recipe{"gcc_dwarf5_O0", "g++ -g -gdwarf-5 -O0 $SRC -o program"},
        recipe{"gcc_dwarf5_O2", "g++ -g -gdwarf-5 -O2 $SRC -o program"},
        recipe{"gcc_dwarf4_O2", "g++ -g -gdwarf-4 -O2 $SRC -o program"},
        recipe{"gcc_no_pie", "g++ -g -O2 -no-pie -fno-pie $SRC -o program"},
        recipe{"gcc_compressed", "g++ -g -O2 -gz=zlib $SRC -o program"},
        recipe{"gcc_compressed_gnu", "g++ -g -O2 -gz=zlib-gnu $SRC -o program"},
        recipe{"gcc_split", "g++ -g -O2 -gsplit-dwarf -c $SRC -o part.o && g++ part.o -o program"},
        recipe{"gcc_split_dwarf4",
               "g++ -g -gdwarf-4 -O2 -gsplit-dwarf -c $SRC -o part.o && g++ part.o -o program"},
        recipe{"gcc_type_units", "g++ -g -O2 -fdebug-types-section $SRC -o program"},
        recipe{"gcc_lto", "g++ -g -O2 -flto $SRC -o program"},
        recipe{"gcc_sections", "g++ -g -O2 -ffunction-sections -Wl,--gc-sections $SRC -o program"},
        recipe{"clang_dwarf5_O0", "clang++ -g -gdwarf-5 -O0 $SRC -o program"},
        recipe{"clang_dwarf5_O2", "clang++ -g -gdwarf-5 -O2 $SRC -o program"},
        recipe{"clang_dwarf4_O2", "clang++ -g -gdwarf-4 -O2 $SRC -o program"},
        recipe{"clang_compressed", "clang++ -g -O2 -gz=zlib $SRC -o program"},
        recipe{"clang_split",
               "clang++ -g -O2 -gsplit-dwarf -c $SRC -o part.o && clang++ part.o -o program"},
        recipe{"clang_split_dwarf4",
               "clang++ -g -gdwarf-4 -O2 -gsplit-dwarf -c $SRC -o part.o && clang++ part.o -o "
               "program"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(resolver, answers_come_in_the_order_of_the_questions) {
  workshop shop;
  ASSERT_TRUE(shop.run("g++ -g -O2 " + fixture_path("inlines.cpp") + " -o program"));
  const auto outer = function_range(shop, "program", "app::outer").first;
  const auto plain = function_range(shop, "program", "plain").first;
  const std::vector<std::uint64_t> asked = {plain, 0, outer, plain, UINT64_MAX};
  resolver names;
  const module_key module{shop.path("program"), {}};
  const auto chains = names.resolve_many(module, asked);
  ASSERT_EQ(chains.size(), asked.size());
  EXPECT_EQ(chains[0].back().function, "plain");
  EXPECT_TRUE(chains[1].empty());
  EXPECT_EQ(chains[2].back().function, "app::outer(int, char const*)");
  EXPECT_EQ(chains[3], chains[0]);
  EXPECT_TRUE(chains[4].empty());
  EXPECT_EQ(names.resolve(module, plain), chains[0]);
}

TEST(resolver, the_vdso_is_read_from_this_process) {
  std::vector<std::uint64_t> addresses;
  for (std::uint64_t address = 0; address < 16'384; address += 16) {
    addresses.push_back(address);
  }
  resolver names;
  const module_key vdso{"linux-vdso.so.1", {}};
  const auto chains = names.resolve_many(vdso, addresses);
  const bool named = std::any_of(chains.begin(), chains.end(), [](const auto& chain) {
    return !chain.empty() && chain[0].function.find("clock_gettime") != std::string::npos;
  });
  EXPECT_TRUE(named);
  EXPECT_EQ(names.status(vdso).names, name_source::dynamic_symbols);
  const module_key another{"linux-vdso.so.1", {1, 2, 3}};
  EXPECT_EQ(names.status(another).names, name_source::none);
}

TEST(resolver, what_is_no_module_has_no_names_and_a_reason) {
  workshop shop;
  ASSERT_TRUE(shop.run("mkfifo pipe && mkdir folder && : > empty && echo text > text"));
  resolver names;
  for (const char* name : {"pipe", "folder", "empty", "text", "missing", "text/below"}) {
    const module_key module{shop.path(name), {1, 2, 3, 4}};
    EXPECT_TRUE(names.resolve(module, 0x1000).empty()) << name;
    const module_status status = names.status(module);
    EXPECT_FALSE(status.file_found) << name;
    EXPECT_EQ(status.names, name_source::none) << name;
    ASSERT_FALSE(status.reasons.empty()) << name;
    EXPECT_NE(status.reasons.front().find(module.path), std::string::npos);
  }
  EXPECT_TRUE(names.resolve(module_key{"", {}}, 0).empty());
}

}  // namespace
}  // namespace track::symbols
