// What a fuzz target holds to be true of any input.
#pragma once

#include <cstdlib>

namespace track::test {

inline void require(bool holds) {
  if (!holds) {
    std::abort();
  }
}

}  // namespace track::test
