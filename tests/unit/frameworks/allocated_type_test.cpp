#include "libtrack/weak/allocated_type.hpp"

#include <gtest/gtest.h>

namespace {

using track::detail::allocated_type;

TEST(AllocatedType, is_that_of_the_allocator) {
  EXPECT_EQ(allocated_type("std::__new_allocator<int>::allocate(unsigned long, void const*)"),
            "int");
  EXPECT_EQ(allocated_type("std::allocator_traits<std::allocator<std::pair<int const, a::b<c> > > >"
                           "::allocate(std::allocator<int>&, unsigned long)"),
            "std::pair<int const, a::b<c> >");
}

TEST(AllocatedType, is_what_a_control_block_holds) {
  EXPECT_EQ(allocated_type("__gnu_cxx::new_allocator<std::_Sp_counted_ptr_inplace<app::session<1>, "
                           "std::allocator<app::session<1> >, (__gnu_cxx::_Lock_policy)2> >"
                           "::allocate(unsigned long, void const*)"),
            "app::session<1>");
}

TEST(AllocatedType, is_that_of_make_unique) {
  EXPECT_EQ(
      allocated_type("std::_MakeUniq<int>::__single_object std::make_unique<int, int>(int&&)"),
      "int");
}

TEST(AllocatedType, is_not_known_of_other_functions) {
  for (const char* each : {"", "main", "f(std::allocator<int>)", "std::__new_allocator<int",
                           "std::make_unique<", "x>::allocate("}) {
    EXPECT_EQ(allocated_type(each), "") << each;
  }
}

}  // namespace
