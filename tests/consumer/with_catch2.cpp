#define CATCH_CONFIG_MAIN  // of Catch2 2; version 3 has a library for it
#include <track/catch2.hpp>

LIBTRACK_REGISTER_CATCH2_LISTENER()

TEST_CASE("the installed adapter is there") {
  CHECK_NO_LEAKS {
    CHECK(true);
  }
}
