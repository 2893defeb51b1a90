// Names of C++ types as text: one spelling for what compilers and demanglers spell differently, and
// a short one for people. Floor 4, inside of symbols.
//
// RTTI, symbols and DWARF write the same type in different ways ("long unsigned int", "const T&",
// "std::__cxx11::", "{lambda()#1}", "main(int, char**)::local"). Names are compared in the
// canonical form only. Bounded in depth; text that is no type name comes back in some form. Any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace track::symbols {

// shape: "std::map<int, char const*, std::less<int>, …>": const behind what it qualifies, no inline
// namespaces of standard libraries, no enclosing functions, integers without suffix, casts and
// numbers of lambdas left out.
std::string canonical_type(std::string_view text);

// shape: as people write it: "std::map<int, Foo>", "std::string": standard libraries' default
// arguments and inline namespaces left out. Enclosing functions stay.
std::string readable_type(std::string_view text);

// The parts of "ns::outer<int>::inner<A, B>", spaces around them cut off.
struct type_parts {
  std::string_view scope;                   // "ns::outer<int>", "" none
  std::string_view base;                    // "inner"
  std::vector<std::string_view> arguments;  // "A", "B"
  bool is_template = false;
};
type_parts parts_of(std::string_view type);

// Splits at the commas outside of brackets.
std::vector<std::string_view> split_arguments(std::string_view list);

// The place of the bracket that closes the one at `open`; npos: none. "->", "operator<" and their
// like are no brackets.
std::size_t closing_bracket(std::string_view text, std::size_t open);

}  // namespace track::symbols
