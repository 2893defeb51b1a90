// Holds a text against a file in tests/golden. TRACK_UPDATE_GOLDEN=1 writes it anew.
#pragma once

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace track::test {

inline void expect_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(LIBTRACK_GOLDEN) + "/" + name;
  if (std::getenv("TRACK_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path) << text;
    return;
  }
  std::ifstream file(path);
  std::ostringstream expected;
  expected << file.rdbuf();
  EXPECT_EQ(text, expected.str()) << "differs from " << path;
}

}  // namespace track::test
