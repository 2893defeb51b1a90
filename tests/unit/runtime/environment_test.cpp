#include "libtrack/runtime/environment.hpp"

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

TEST(child_environment, what_is_built_is_taken_out_again) {
  start_options options = {};
  taken({"TRACK_LEDGER=1:2:3:x", "TRACK_SKIP=ld"}, options);
  environment program({"PATH=/bin", "LD_PRELOAD=/a.so", "HOME=/"});
  std::vector<char*> entries(child_environment::entries_needed(program.data()));
  child_environment child;
  char* const* built = child.build(program.data(), entries.data(), options, own, 5, 99);
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
  std::vector<char*> entries(child_environment::entries_needed(nullptr));
  child_environment child;
  EXPECT_EQ(listed(child.build(nullptr, entries.data(), options, own, 0, 1)),
            (std::vector<std::string>{std::string("LD_PRELOAD=") + own, "TRACK_LEDGER=1:2:3:x",
                                      "TRACK_PARENT=0:1"}));
}

TEST(child_environment, somebody_elses_ledger_is_left_alone) {
  start_options options = {};
  environment program({"TRACK_LEDGER=9:9:9:y"});
  std::vector<char*> entries(child_environment::entries_needed(program.data()));
  child_environment child;
  EXPECT_EQ(child.build(program.data(), entries.data(), options, own, 0, 1), program.data());
}

}  // namespace
}  // namespace track::runtime
