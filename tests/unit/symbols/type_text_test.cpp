// The spellings of types, and what names of functions and library types say.
#include "libtrack/symbols/type_text.hpp"

#include <gtest/gtest.h>

#include "libtrack/symbols/allocating_frame.hpp"
#include "libtrack/symbols/standard_types.hpp"

namespace track::symbols {
namespace {

TEST(type_text, compilers_and_demanglers_agree_in_the_canonical_form) {
  const char* pairs[][2] = {
      {"box<long unsigned int, 3>", "box<unsigned long, 3ul>"},
      {"box<const char *const *>", "box<char const* const*>"},
      {"box<short unsigned int, long long int>", "box<unsigned short, long long>"},
      {"val<(color)1, -3, true, 'x'>", "val<(color)1, -3, true, (char)120>"},
      {"box<main(int, char**)::local>", "box<main::local>"},
      {"box<local>", "box<ns::f(int) const::local>"},
      {"std::__1::map<int, std::__1::less<int> >", "std::map<int, std::less<int>>"},
      {"main()::<lambda(int)>", "main::{lambda(int)#2}"},
      {"box<void (const foo &, int &&)>", "box<void (foo const&, int&&)>"},
      {"box<{anonymous}::hidden>", "box<(anonymous namespace)::hidden>"},
      {"std::__cxx11::basic_string<char>", "std::basic_string<char>"},
      {"box<unsigned>", "box<unsigned int>"},
      {"box<int (*)(const char*, ...)>", "box<int (*)(char const*, ...)>"}};
  for (const auto& [left, right] : pairs) {
    EXPECT_EQ(canonical_type(left), canonical_type(right));
  }
  EXPECT_NE(canonical_type("box<int>"), canonical_type("box<unsigned int>"));
  EXPECT_NE(canonical_type("box<char const*>"), canonical_type("box<char* const>"));
  EXPECT_NE(canonical_type("a::box"), canonical_type("b::box"));
}

TEST(type_text, people_read_short_names) {
  EXPECT_EQ(readable_type("std::map<int, std::__cxx11::basic_string<char, std::char_traits<char>, "
                          "std::allocator<char> >, std::less<int>, std::allocator<std::pair<int "
                          "const, std::__cxx11::basic_string<char, std::char_traits<char>, "
                          "std::allocator<char> > > > >"),
            "std::map<int, std::string>");
  EXPECT_EQ(readable_type("std::unique_ptr<Foo, std::default_delete<Foo> >"),
            "std::unique_ptr<Foo>");
  EXPECT_EQ(readable_type("mine::map<int, std::less<int> >"), "mine::map<int, std::less<int>>");
  EXPECT_EQ(readable_type("f(int)::local"), "f(int)::local");
}

TEST(type_text, nonsense_comes_back_and_ends) {
  for (const char* text : {"", "<", ">", "a<", "a<b", "::", "operator<", "((((", "a::<>::", "'",
                           "(anonymous namespace)", "{lambda", "std::", "const", "-", "a(b)::"}) {
    canonical_type(text);
    EXPECT_LE(readable_type(text).size(), std::string_view(text).size() + 8) << text;
  }
  EXPECT_LT(canonical_type(std::string(100'000, '<')).size(), 70'000U);
  EXPECT_LT(readable_type(std::string(100'000, '(')).size(), 70'000U);
}

TEST(standard_types, wrappers_name_their_element) {
  const auto in_place = unwrap(
      "std::_Sp_counted_ptr_inplace<Session, std::allocator<void>, (__gnu_cxx::_Lock_policy)2>");
  ASSERT_TRUE(in_place.has_value());
  EXPECT_EQ(in_place->name, "Session");
  EXPECT_EQ(in_place->header_bytes, 16U);
  const auto elsewhere = unwrap("std::_Sp_counted_ptr<Session*, (__gnu_cxx::_Lock_policy)2>");
  ASSERT_TRUE(elsewhere.has_value());
  EXPECT_EQ(elsewhere->name, "control block of std::shared_ptr<Session>");
  const auto libcxx =
      unwrap("std::__1::__shared_ptr_emplace<Session, std::__1::allocator<Session>>");
  ASSERT_TRUE(libcxx.has_value());
  EXPECT_EQ(libcxx->header_bytes, 24U);
  EXPECT_EQ(unwrap("std::_Rb_tree_node<std::pair<int const, Foo> >")->name,
            "element of std::map<int, Foo>");
  EXPECT_EQ(unwrap("std::_Rb_tree_node<std::pair<int, Foo> >")->name,
            "element of std::set<std::pair<int, Foo>>");
  EXPECT_EQ(unwrap("std::__1::__hash_node<std::__1::__hash_value_type<int, Foo>, void*>")->name,
            "element of std::unordered_map<int, Foo>");
  EXPECT_EQ(unwrap("std::__detail::_Hash_node<Foo, false>")->name,
            "element of std::unordered_set<Foo>");
  EXPECT_FALSE(unwrap("mine::_List_node<Foo>").has_value());
  EXPECT_FALSE(unwrap("std::_Sp_counted_ptr_inplace<Foo [], std::allocator<void>>").has_value());
  EXPECT_FALSE(unwrap("std::vector<Foo>").has_value());
}

std::string allocated(std::vector<named_function> functions) {
  const auto found = allocated_by(functions);
  return found ? found->element + (found->is_array ? "[]" : "") : "nothing";
}

TEST(allocating_frame, allocators_say_what_they_allocate) {
  EXPECT_EQ(
      allocated({{"operator new(unsigned long)"},
                 {"std::__new_allocator<Foo>::allocate(unsigned long, void const*)"},
                 {"std::allocator_traits<std::allocator<Foo> >::allocate(std::allocator<Foo>&, "
                  "unsigned long)"},
                 {"std::_Vector_base<Foo, std::allocator<Foo> >::_M_allocate(unsigned long)"},
                 {"main"}}),
      "Foo[]");
  EXPECT_EQ(allocated({{"__gnu_cxx::new_allocator<int>::allocate(unsigned long, void const*)"}}),
            "int");
  EXPECT_EQ(allocated({{"std::__cxx11::basic_string<char, std::char_traits<char>, "
                        "std::allocator<char> >::_M_create(unsigned long&, unsigned long)"}}),
            "char[]");
}

TEST(allocating_frame, folded_allocators_are_not_believed) {
  // The innermost kept the name of an equal function.
  EXPECT_EQ(allocated({{"std::__new_allocator<Bar>::allocate(unsigned long, void const*)"},
                       {"std::allocator<Foo>::allocate(unsigned long)"},
                       {"std::__cxx11::list<Foo, std::allocator<Foo> >::push_back(Foo&&)"}}),
            "Foo");
  // All of the allocators did.
  EXPECT_EQ(allocated({{"std::__new_allocator<std::_List_node<Bar> >::allocate(unsigned long)"},
                       {"std::__cxx11::list<Foo, std::allocator<Foo> >::push_back(Foo&&)"}}),
            "nothing");
}

TEST(allocating_frame, what_else_could_have_allocated_is_not_believed) {
  // Without inline chains a constructor of Foo may hide in these.
  EXPECT_EQ(allocated({{"std::vector<Foo, std::allocator<Foo> >::_M_realloc_insert(Foo const&)"}}),
            "nothing");
  EXPECT_EQ(
      allocated({{"std::unique_ptr<Foo, std::default_delete<Foo> > std::make_unique<Foo>()"}}),
      "nothing");
  EXPECT_EQ(allocated({{"std::vector<Foo*, std::allocator<Foo*> >::_M_realloc_insert(Foo*&&)"}}),
            "Foo*[]");
  EXPECT_EQ(allocated({{"std::unique_ptr<Foo, std::default_delete<Foo> > std::make_unique<Foo>()",
                        true}}),
            "Foo");
  EXPECT_EQ(allocated({{"mine::allocator<Foo>::allocate(unsigned long)"}}), "nothing");
  EXPECT_EQ(allocated({{"main"}}), "nothing");
  EXPECT_EQ(allocated({}), "nothing");
}

TEST(allocating_frame, names_without_parameters_and_results) {
  EXPECT_EQ(qualified_name("int* ns::f<int>(int) const"), "ns::f<int>");
  EXPECT_EQ(qualified_name("operator new(unsigned long)"), "operator new");
  EXPECT_EQ(qualified_name("(anonymous namespace)::f(int)"), "(anonymous namespace)::f");
  EXPECT_EQ(qualified_name("f(int)::{lambda(int)#1}::operator()(int) const"),
            "f(int)::{lambda(int)#1}::operator()");
  EXPECT_EQ(qualified_name("Foo::operator new(unsigned long)"), "Foo::operator new");
  EXPECT_EQ(qualified_name("main"), "main");
}

}  // namespace
}  // namespace track::symbols
