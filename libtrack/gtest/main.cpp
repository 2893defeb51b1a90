// main for GoogleTest with the leak listener: libtrack::gtest_main.
#include <gtest/gtest.h>

#include <track/gtest.hpp>

int main(int count, char** words) {
  testing::InitGoogleTest(&count, words);
  track::install_leak_listener();
  track::detail::wipe_stack_below();
  return RUN_ALL_TESTS();
}
