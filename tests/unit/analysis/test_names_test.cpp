#include "libtrack/analysis/test_names.hpp"

#include <gtest/gtest.h>

namespace track::analysis {
namespace {

std::string test_in(const std::string& function, const std::string& file = "") {
  model::frame inner;
  inner.function = "make_session(int)";
  model::frame test;
  test.function = function;
  test.file = file;
  model::frame outer;
  outer.function = "testing::Test::Run()";
  return test_of({inner, test, outer});
}

TEST(test_names, googletest_names_suite_and_test_by_the_class) {
  EXPECT_EQ(test_in("Session_ends_Test::TestBody()"), "Session.ends");
  EXPECT_EQ(test_in("app::(anonymous namespace)::Session_ends_when_told_Test::TestBody()"),
            "Session.ends_when_told");
  EXPECT_EQ(test_in("Typed_works_Test<int>::TestBody()"), "Typed.works");
}

TEST(test_names, catch2_has_the_number_alone) {
  EXPECT_EQ(test_in("CATCH2_INTERNAL_TEST_12()", "/src/session_test.cpp"),
            "session_test.cpp, test 12");
  EXPECT_EQ(test_in("(anonymous namespace)::C_A_T_C_H_T_E_S_T_0()", "a.cpp"), "a.cpp, test 0");
  EXPECT_EQ(test_in("CATCH2_INTERNAL_TEST_3()"), "test 3");
}

TEST(test_names, other_functions_are_no_tests) {
  for (const char* other : {"", "TestBody()", "Session::TestBody()", "_Test::TestBody()",
                            "Session_Test::TestBody()", "CATCH2_INTERNAL_TEST_()", "main"}) {
    EXPECT_EQ(test_in(other), "") << other;
  }
  EXPECT_EQ(test_of({}), "");
}

TEST(test_names, what_a_program_said_itself_stays) {
  std::vector<model::finding> findings(2);
  for (model::finding& each : findings) {
    each.allocated.resize(1);
    each.allocated.edit(0).function = "Session_ends_Test::TestBody()";
  }
  findings[1].test = "said";
  name_tests(findings);
  EXPECT_EQ(findings[0].test, "Session.ends");
  EXPECT_EQ(findings[1].test, "said");
}

}  // namespace
}  // namespace track::analysis
