#include "libtrack/analysis/function_name.hpp"

#include <gtest/gtest.h>

namespace track::analysis {
namespace {

struct name_case {
  const char* demangled;
  const char* reduced;
};

TEST(reduced_name, keeps_scopes_and_function_only) {
  constexpr name_case cases[] = {
      {"main", "main"},
      {"make_session(int)", "make_session"},
      {"net::Session::open(char const*, int) const", "net::Session::open"},
      {"void fill<int>(std::vector<int, std::allocator<int> >&)", "fill"},
      {"std::vector<int, std::allocator<int> >::push_back(int&&)", "std::vector::push_back"},
      {"std::map<std::pair<int, long>, A<B<C> > >::~map()", "std::map::~map"},
      {"(anonymous namespace)::helper(int (*)(char))", "(anonymous namespace)::helper"},
      {"name[abi:cxx11]()", "name"},
      {"std::string to_text[abi:cxx11](long)", "to_text"},
      {"parse(int) [clone .constprop.0]", "parse"},
      {"parse.isra.0", "parse"},
      {"parse.part.3.cold", "parse"},
      {"run.llvm.1234567", "run"},
      {"main::{lambda(int)#1}::operator()(int) const", "main::{lambda}::operator()"},
      {"A::f(int) const::{lambda()#2}::operator()() const", "A::f::{lambda}::operator()"},
      {"main::$_0::operator()() const", "main::{lambda}::operator()"},
      {"main::'lambda'(int)::operator()(int) const", "main::{lambda}::operator()"},
      {"main::'lambda0'(int)::operator()(int) const", "main::{lambda}::operator()"},
      {"f()::{unnamed type#1}::g()", "f::{unnamed type}::g"},
      {"operator new(unsigned long)", "operator new"},
      {"operator new[](unsigned long, std::align_val_t)", "operator new[]"},
      {"A::operator<(A const&) const", "A::operator<"},
      {"bool operator< <int>(A<int> const&, A<int> const&)", "operator<"},
      {"std::ostream& operator<< <char>(std::ostream&, char)", "operator<<"},
      {"A::operator->() const", "A::operator->"},
      {"A::operator()(int)", "A::operator()"},
      {"A::operator[](unsigned long)", "A::operator[]"},
      {"A::operator bool() const", "A::operator bool"},
      {"A::operator std::vector<int>() const", "A::operator std::vector"},
      {"operator_table(int)", "operator_table"},
      {"non-virtual thunk to B::close()", "B::close"},
      {"decltype (f(0)) wrap<int>(int)", "wrap"},
      {"unsigned long* table<3>()", "table"},
      {"core::mem::swap::h0123456789abcdef", "core::mem::swap"},
      {"<alloc::vec::Vec<T> as core::ops::Drop>::drop",
       "<alloc::vec::Vec as core::ops::Drop>::drop"},
      {"app::run::{{closure}}", "app::run::{{closure}}"},
  };
  for (const name_case& one : cases) {
    EXPECT_EQ(reduced_name(one.demangled), one.reduced) << one.demangled;
  }
}

TEST(stable_type_name, lambdas_are_called_alike_by_every_compiler) {
  constexpr name_case cases[] = {
      {"Session", "Session"},
      {"", ""},
      {"build()::{lambda()}", "build()::{lambda}"},
      {"build()::{lambda(int)#2}", "build()::{lambda}"},
      {"build()::$_0", "build()::{lambda}"},
      {"build()::$_12::inner", "build()::{lambda}::inner"},
      {"std::function<void (f()::{lambda(g()::{lambda()#1})#3})>",
       "std::function<void (f()::{lambda})>"},
      {"wrap<main::$_1, int>", "wrap<main::{lambda}, int>"},
      {"f()::{unnamed type#1}", "f()::{unnamed}"},
      {"price$_0", "price$_0"},
      {"$_", "$_"},
      {"{lambda(", "{lambda}"},
  };
  for (const name_case& one : cases) {
    EXPECT_EQ(stable_type_name(one.demangled), one.reduced) << one.demangled;
  }
}

TEST(reduced_name, any_text_ends) {
  for (const char* text : {"", "<", ">", "(", ")", "{", "'", "operator", "operator<", "a<b(", "$_",
                           " ", "[", "]]", "const", "::", "<<<<", "f() const const"}) {
    EXPECT_LE(reduced_name(text).size(), std::string_view(text).size() + 8) << text;
  }
}

TEST(library_function, knows_allocators_and_standard_libraries) {
  for (const char* name : {"malloc", "operator new", "std::vector::push_back",
                           "__gnu_cxx::new_allocator::allocate", "_start"}) {
    EXPECT_TRUE(is_library_function(name)) << name;
  }
  for (const char* name : {"main", "core::Session::open", "stdlike::f", "my_malloc"}) {
    EXPECT_FALSE(is_library_function(name)) << name;
  }
}

TEST(module_names, soname_is_cut_at_so) {
  EXPECT_EQ(module_stem("/usr/lib/libfoo.so.1.2"), "libfoo");
  EXPECT_EQ(module_stem("/opt/app"), "app");
  EXPECT_TRUE(is_runtime_module("/lib/x86_64-linux-gnu/libc.so.6"));
  EXPECT_TRUE(is_runtime_module("/lib64/ld-linux-x86-64.so.2"));
  EXPECT_FALSE(is_runtime_module("/usr/lib/libcurl.so.4"));
}

}  // namespace
}  // namespace track::analysis
