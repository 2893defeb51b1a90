// Random call trees, compiled in every way: each stack equals libgcc's, frame for frame.
#include <cstdint>

#include <gtest/gtest.h>

#include "tests/unit/unwind/compare.hpp"

using namespace track::unwind;
using namespace track::unwind::test;

using tree = void(std::uint64_t seed, int depth, long leaves, void (*leaf)(void*), void* data);

#define LIBTRACK_VARIANT(name) extern "C" tree name;
#include "variants.inc"
#undef LIBTRACK_VARIANT

namespace {

struct variant {
  const char* name;
  tree* run;
};

constexpr variant variants[] = {
#define LIBTRACK_VARIANT(name) {#name, name},
#include "variants.inc"
#undef LIBTRACK_VARIANT
};

class call_tree : public testing::TestWithParam<variant> {};

TEST_P(call_tree, every_stack_equals_libgcc) {
  prepare();
  tally sum;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    GetParam().run(seed, static_cast<int>(3 * seed), 800, compare_into, &sum);
  }
  EXPECT_EQ(sum.captures, 8000u);
  EXPECT_EQ(sum.differing, 0u) << "of " << sum.frames << " frames";
  EXPECT_GT(sum.kept, sum.frames / 2);
  EXPECT_EQ(sum.mistaken, 0u) << "of " << sum.remembered << " stacks known again";
}

INSTANTIATE_TEST_SUITE_P(variants, call_tree, testing::ValuesIn(variants),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
