#include "libtrack/runtime/environment.hpp"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace track::runtime {
namespace {

constexpr const char* own = "/opt/lib/libtrack_preload.so";

// An environment that may be changed in place, as the kernel gives it.
class environment {
 public:
  explicit environment(std::vector<std::string> entries) : entries_(std::move(entries)) {
    for (std::string& entry : entries_) {
      pointers_.push_back(entry.data());
    }
    pointers_.push_back(nullptr);
  }
  char** data() { return pointers_.data(); }

 private:
  std::vector<std::string> entries_;
  std::vector<char*> pointers_;
};

std::vector<std::string> listed(char* const* entries) {
  std::vector<std::string> list;
  for (; *entries != nullptr; ++entries) {
    list.emplace_back(*entries);
  }
  return list;
}

std::vector<std::string> taken(std::vector<std::string> entries, start_options& options) {
  environment given(std::move(entries));
  take_options(given.data(), own, options);
  return listed(given.data());
}

TEST(take_options, leaves_the_rest_in_its_order) {
  start_options options = {};
  EXPECT_EQ(
      taken({"A=1", std::string("LD_PRELOAD=") + own, "TRACK_LEDGER=1:2:3:x", "B=2"}, options),
      (std::vector<std::string>{"A=1", "B=2"}));
  EXPECT_STREQ(options.ledger, "1:2:3:x");
}

TEST(take_options, keeps_other_preloads_wherever_ours_stands) {
  const std::string us = own;
  const std::vector<std::string> lists = {us + ":/a.so:/b.so", "/a.so:" + us + ":/b.so",
                                          "/a.so:/b.so:" + us, "/a.so:/b.so"};
  for (const std::string& list : lists) {
    start_options options = {};
    EXPECT_EQ(taken({"LD_PRELOAD=" + list}, options),
              (std::vector<std::string>{"LD_PRELOAD=/a.so:/b.so"}))
        << list;
  }
}

TEST(take_options, reads_the_parent_with_its_pid) {
  start_options options = {};
  taken({"TRACK_PARENT=17:4711", "TRACK_NO_FOLLOW=1", "TRACK_SKIP=cc1*:ld"}, options);
  EXPECT_TRUE(options.has_parent);
  EXPECT_EQ(options.parent, 17u);
  EXPECT_EQ(options.parent_pid, 4711u);
  EXPECT_TRUE(options.no_follow);
  EXPECT_STREQ(options.skip, "cc1*:ld");
}

TEST(take_options, a_parent_that_is_no_number_is_none) {
  start_options options = {};
  taken({"TRACK_PARENT=x"}, options);
  EXPECT_FALSE(options.has_parent);
}

std::unique_ptr<char[]> room_for(char* const* environment, const start_options& options) {
  return std::make_unique<char[]>(child_environment::bytes_needed(environment, options, own));
}

TEST(child_environment, what_is_built_is_taken_out_again) {
  start_options options = {};
  taken({"TRACK_LEDGER=1:2:3:x", "TRACK_SKIP=ld"}, options);
  environment program({"PATH=/bin", "LD_PRELOAD=/a.so", "HOME=/"});
  const auto place = room_for(program.data(), options);
  char* const* built = child_environment::build(program.data(), place.get(), options, own, 5, 99);
  const std::vector<std::string> seen = listed(built);
  EXPECT_EQ(seen[1], std::string("LD_PRELOAD=") + own + ":/a.so");
  EXPECT_NE(std::find(seen.begin(), seen.end(), "TRACK_PARENT=5:99"), seen.end());
  start_options again = {};
  EXPECT_EQ(taken(seen, again),
            (std::vector<std::string>{"PATH=/bin", "LD_PRELOAD=/a.so", "HOME=/"}));
  EXPECT_STREQ(again.ledger, "1:2:3:x");
}

TEST(child_environment, an_empty_environment_gets_ours_alone) {
  start_options options = {};
  taken({"TRACK_LEDGER=1:2:3:x"}, options);
  const auto place = room_for(nullptr, options);
  EXPECT_EQ(listed(child_environment::build(nullptr, place.get(), options, own, 0, 1)),
            (std::vector<std::string>{std::string("LD_PRELOAD=") + own, "TRACK_LEDGER=1:2:3:x",
                                      "TRACK_PARENT=0:1"}));
}

TEST(child_environment, somebody_elses_ledger_is_left_alone) {
  start_options options = {};
  environment program({"TRACK_LEDGER=9:9:9:y"});
  const auto place = room_for(program.data(), options);
  EXPECT_EQ(child_environment::build(program.data(), place.get(), options, own, 0, 1),
            program.data());
}

TEST(child_environment, the_longest_of_everything_fits_into_what_it_says_it_needs) {
  start_options options = {};
  std::memset(options.ledger, 'l', sizeof options.ledger - 1);
  std::memset(options.skip, 's', sizeof options.skip - 1);
  std::memset(options.directory, 'd', sizeof options.directory - 1);
  std::memset(options.depth, '6', sizeof options.depth - 1);
  std::vector<std::string> entries(300, "NAME=" + std::string(50, 'v'));
  entries.push_back("LD_PRELOAD=" + std::string(20'000, 'p'));
  environment program(entries);
  const std::size_t bytes = child_environment::bytes_needed(program.data(), options, own);
  // A red zone behind it.
  std::vector<std::uint64_t> place((bytes + 7) / 8 + 64, 0x5a5a5a5a5a5a5a5a);
  char* const begin = reinterpret_cast<char*>(place.data());
  char* const* built = child_environment::build(program.data(), begin, options, own, ~0ull, ~0u);
  for (std::size_t i = bytes; i < place.size() * 8; ++i) {
    ASSERT_EQ(begin[i], 0x5a) << i;
  }
  EXPECT_EQ(listed(built).size(), 306u);
}

}  // namespace
}  // namespace track::runtime
