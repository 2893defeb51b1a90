// What type of memory was allocated, by the names of the functions that asked for it. Floor 4,
// inside of symbols.
//
// Only functions that can allocate nothing else count: std::allocator<T>::allocate, make_unique<T>,
// T::operator new and their like. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace track::symbols {

struct named_function {
  std::string_view name;           // demangled
  bool inlines_are_known = false;  // debug information says what was inlined into it
};

struct allocated_type {
  // Where the type stands among the template arguments, for a look at the function's DIE.
  enum class place { of_scope, of_scopes_argument, of_function, nowhere };

  std::string element;
  bool is_array = false;         // room for several, even if it has only one
  bool is_multi = false;         // a node of a multimap or multiset
  bool must_match_size = false;  // could also be a derived class
  std::size_t function = 0;      // which of the functions said so
  place argument = place::nowhere;
};

// `functions`: innermost first, inlined ones too.
std::optional<allocated_type> allocated_by(std::span<const named_function> functions);

// How many of the innermost functions only pass the request on: operator new, malloc.
std::size_t allocation_functions(std::span<const named_function> functions);

// "ns::f<int>" of "int* ns::f<int>(int) const".
std::string_view qualified_name(std::string_view function);

}  // namespace track::symbols
