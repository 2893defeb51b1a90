// The test that a stack runs in, as GoogleTest and Catch2 name their functions. Floor 5.
//
// Pure. So a finding names its test though the program says nothing of it.
#pragma once

#include <string>
#include <vector>

#include "libtrack/model/report.hpp"

namespace track::analysis {

// "Suite.name" of GoogleTest, without parameters: those are not in the function's name. Of Catch2,
// where the test's name is in none, its file and number: "session_test.cpp, test 12". Empty: none.
std::string test_of(const model::stack& frames);

// Gives findings that have none the test of their stack.
void name_tests(std::vector<model::finding>& findings);

}  // namespace track::analysis
