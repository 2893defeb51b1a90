#include "tools/collector/preload_environment.hpp"

#include <gtest/gtest.h>

namespace track::tools {
namespace {

using texts = std::vector<std::string>;

TEST(tracked_environment, our_variables_come_last) {
  EXPECT_EQ(tracked_environment({"A=1", "B=2"}, "/lib/p.so", "1:2:3:n", {}),
            (texts{"A=1", "B=2", "LD_PRELOAD=/lib/p.so", "TRACK_LEDGER=1:2:3:n"}));
}

TEST(tracked_environment, an_existing_preload_keeps_its_place_and_comes_second) {
  EXPECT_EQ(tracked_environment({"LD_PRELOAD=/x.so", "A=1"}, "/lib/p.so", "L", {}),
            (texts{"LD_PRELOAD=/lib/p.so:/x.so", "A=1", "TRACK_LEDGER=L"}));
}

TEST(tracked_environment, options_follow_the_ledger_and_old_ones_go) {
  collection_options options;
  options.skip = {"*.sh", "gcc"};
  options.follow = false;
  EXPECT_EQ(tracked_environment({"TRACK_LEDGER=old", "TRACK_SKIP=old"}, "/lib/p.so", "L", options),
            (texts{"LD_PRELOAD=/lib/p.so", "TRACK_LEDGER=L", "TRACK_SKIP=*.sh:gcc",
                   "TRACK_NO_FOLLOW=1"}));
}

}  // namespace
}  // namespace track::tools
