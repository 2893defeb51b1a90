#include <gtest/gtest.h>

#include "libtrack/analysis/code_index.hpp"
#include "tests/unit/analysis/capture_of.hpp"

namespace track::analysis {
namespace {

// One site whose frames have the given names, innermost first; "" is a frame without a name.
struct named_frame {
  std::string module;
  std::vector<std::string> chain;
};

fingerprint print_of(const std::vector<named_frame>& frames, const std::string& exe = "/opt/app") {
  test::fake_names names;
  std::vector<test::code_place> places;
  std::uint64_t offset = 0x10;
  for (const named_frame& frame : frames) {
    places.push_back({frame.module, offset});
    std::vector<capture::code_name> chain;
    for (const std::string& function : frame.chain) {
      chain.push_back(
          {function, "f.cpp", static_cast<std::uint32_t>(offset), function != frame.chain.back()});
    }
    names.add(frame.module, offset, chain);
    offset += 0x10;
  }
  test::image_builder builder(0, exe);
  builder.site(places, allocation_function::malloc, 1, 1, 8);
  builder.end_by_exit();
  const capture::contents all = test::capture_of({{builder.image, test::exited()}}, &names);
  code_index code(all);
  return code.fingerprint_of(all.sites[all.counters[0].site].stack, exe);
}

const std::vector<named_frame> plain = {{"/opt/app", {"make(int)"}},
                                        {"/opt/app", {"serve()"}},
                                        {"/usr/lib/libnet.so.1", {"loop()"}},
                                        {"/opt/app", {"run()"}},
                                        {"/opt/app", {"main"}}};

TEST(fingerprint, digits_never_change) {
  // Part of every baseline that users keep: when this fails, the version must rise.
  const fingerprint print = print_of(plain);
  EXPECT_EQ(print.digits, "599f9c0d974bedd0");
  EXPECT_FALSE(print.weak);
}

TEST(fingerprint, innermost_four_user_frames_decide) {
  auto other_start = plain;
  other_start.back().chain = {"other_main"};
  EXPECT_EQ(print_of(plain).digits, print_of(other_start).digits);
  auto other_fourth = plain;
  other_fourth[3].chain = {"walk()"};
  EXPECT_NE(print_of(plain).digits, print_of(other_fourth).digits);
}

TEST(fingerprint, parameters_templates_and_clones_do_not_count) {
  auto rebuilt = plain;
  rebuilt[0].chain = {"void make<long>(long) [clone .constprop.0]"};
  rebuilt[2].module = "/elsewhere/libnet.so.2";
  EXPECT_EQ(print_of(plain).digits, print_of(rebuilt).digits);
}

TEST(fingerprint, allocators_and_standard_library_are_trimmed) {
  auto through_vector = plain;
  through_vector.insert(through_vector.begin(),
                        {{"/lib/libstdc++.so.6", {"operator new(unsigned long)"}},
                         {"/opt/app", {"std::vector<int>::push_back(int const&)"}}});
  EXPECT_EQ(print_of(plain).digits, print_of(through_vector).digits);
}

TEST(fingerprint, inlined_or_not_is_the_same) {
  std::vector<named_frame> inlined = {{"/opt/app", {"make(int)", "serve()"}}, plain[2], plain[3]};
  EXPECT_EQ(print_of(plain).digits, print_of(inlined).digits);
}

TEST(fingerprint, recursion_is_folded) {
  auto deep = plain;
  deep.insert(deep.begin() + 1, 5, {"/opt/app", {"serve()"}});
  deep.insert(deep.begin() + 1, {"/opt/app", {"make(int)"}});
  EXPECT_EQ(print_of(plain).digits, print_of(deep).digits);
}

TEST(fingerprint, program_is_dash_whatever_its_name) {
  auto renamed = plain;
  for (named_frame& frame : renamed) {
    frame.module = frame.module == "/opt/app" ? "/opt/app-2" : frame.module;
  }
  EXPECT_EQ(print_of(plain).digits, print_of(renamed, "/opt/app-2").digits);
}

TEST(fingerprint, main_alone_takes_the_programs_name) {
  EXPECT_NE(print_of({{"/opt/a", {"main"}}}, "/opt/a").digits,
            print_of({{"/opt/b", {"main"}}}, "/opt/b").digits);
}

TEST(fingerprint, frames_without_names_make_it_weak) {
  auto stripped = plain;
  stripped[1].chain = {};
  EXPECT_TRUE(print_of(stripped).weak);
  auto beyond = plain;
  beyond[4].chain = {};
  EXPECT_FALSE(print_of(beyond).weak);
}

}  // namespace
}  // namespace track::analysis
