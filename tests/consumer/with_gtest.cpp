#include <track/gtest.hpp>

TEST(Installed, the_listener_is_there) {
  EXPECT_NO_LEAKS {
    EXPECT_TRUE(true);
  }
}
