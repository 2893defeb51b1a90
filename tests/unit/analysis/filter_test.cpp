#include "libtrack/analysis/filter.hpp"

#include <gtest/gtest.h>

namespace track::analysis {
namespace {

const model::stack frames = {
    {"std::vector<int>::push_back(int&&)", "/usr/include/vector.tcc", 3, "app", 1, true, false, ""},
    {"net::open(char const*)", "src/net/open.cpp", 10, "libnet.so.1", 2, false, false, ""},
    {"main", "src/main.cpp", 4, "app", 3, false, false, ""}};

TEST(filter, any_frame_may_match) {
  filter wanted;
  wanted.functions = {"net::*"};
  EXPECT_TRUE(admits_stack(wanted, frames));
  wanted.functions = {"std::vector::push_back"};
  EXPECT_TRUE(admits_stack(wanted, frames));
  wanted.functions = {"open"};
  EXPECT_FALSE(admits_stack(wanted, frames));
}

TEST(filter, several_globs_are_alternatives_and_negation_excludes) {
  filter wanted;
  wanted.modules = {"nothing*", "libnet*"};
  EXPECT_TRUE(admits_stack(wanted, frames));
  wanted.modules = {"!libnet*"};
  EXPECT_FALSE(admits_stack(wanted, frames));
  wanted.modules = {"app", "!libcurl*"};
  EXPECT_TRUE(admits_stack(wanted, frames));
}

TEST(filter, lists_of_different_options_must_all_hold) {
  filter wanted;
  wanted.files = {"main.cpp"};
  wanted.modules = {"libnet*"};
  EXPECT_TRUE(admits_stack(wanted, frames));
  wanted.files = {"other.cpp"};
  EXPECT_FALSE(admits_stack(wanted, frames));
}

TEST(filter, kinds_and_sizes) {
  model::finding finding;
  finding.kind = model::finding_kind::survivor;
  finding.bytes = 100;
  finding.allocated = frames;
  filter wanted;
  wanted.min_bytes = 100;
  EXPECT_TRUE(admits(wanted, finding));
  wanted.min_bytes = 101;
  EXPECT_FALSE(admits(wanted, finding));
  wanted = {};
  wanted.kinds = {model::finding_kind::mismatch};
  EXPECT_FALSE(admits(wanted, finding));
}

TEST(filter, mismatch_without_an_allocation_goes_by_its_release) {
  model::finding finding;
  finding.kind = model::finding_kind::mismatch;
  finding.stacks = {{"freed", frames}};
  filter wanted;
  wanted.functions = {"main"};
  EXPECT_TRUE(admits(wanted, finding));
}

}  // namespace
}  // namespace track::analysis
